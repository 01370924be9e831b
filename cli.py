"""Run Tiji from a checkout: a thin launcher of :mod:`tiji.cli`."""

from tiji.cli import main

if __name__ == "__main__":
    main()
