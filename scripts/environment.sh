# Make .venv and install a requirements file into it, find or install a browser for tests and
# screenshots; sourced by the other scripts.
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

tiji_free_port() {
    .venv/bin/python -c 'import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

# Print the Chromium that is here: the caller's, the system's, or Playwright's own.
tiji_found_chromium() {
    for candidate in "${TIJI_CHROMIUM:-}" chromium chromium-browser google-chrome \
        google-chrome-stable "$(tiji_playwrights_chromium)"; do
        [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1 || continue
        command -v "$candidate"
        return 0
    done
    return 1
}

tiji_playwrights_chromium() {
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as browsers:
    print(browsers.chromium.executable_path)' 2>/dev/null || true
}

# Set TIJI_CHROMIUM to a Chromium, which is installed if there is none; with a face that has
# Chinese letters, where the system's packages can be had.
tiji_chromium() {
    if ! TIJI_CHROMIUM=$(tiji_found_chromium); then
        echo "Installing Chromium ..." >&2
        tiji_apt_install chromium fonts-noto-cjk || true
        tiji_found_chromium >/dev/null || tiji_playwright_install || true
        if ! TIJI_CHROMIUM=$(tiji_found_chromium); then
            echo "There is no Chromium, and none could be installed: install the package chromium" \
                "(or google-chrome), or set TIJI_CHROMIUM to the path of one." >&2
            return 1
        fi
    fi
    export TIJI_CHROMIUM
}

tiji_apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "$@"; } >/dev/null 2>&1
}

# Playwright's own build, into the user's cache: nothing of the system changes.
tiji_playwright_install() {
    .venv/bin/python -m playwright install chromium >&2
}
