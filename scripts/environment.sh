# Make .venv and install a requirements file into it; sourced by the other scripts.
# Needs Python 3.11 or newer with venv; installs again only when what is asked for changed.

tiji_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        printf '%s\n' "$candidate"
        return 0
    done
    echo "Tiji needs Python 3.11 or newer with venv; set PYTHON to its path." >&2
    return 1
}

tiji_install() {
    local requirements=$1 stamp wanted python
    stamp=".venv/.installed-$(basename "$requirements" .txt)"
    wanted=$(cat setup.cfg pyproject.toml plugins/*/setup.cfg constraints.txt requirements*.txt | cksum)
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted$PWD" ]; then
        return 0
    fi
    python=$(tiji_python) || return 1
    echo "Installing into .venv (this takes a minute the first time) ..." >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --constraint constraints.txt --requirement "$requirements" || return 1
    printf '%s' "$wanted$PWD" >"$stamp"
}
