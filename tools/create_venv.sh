#!/bin/sh
# Create the virtual environment $2 with the interpreter $1, or say what is missing.
set -eu
python=$1
venv=$2

complain() {
    printf '%s\n' "$@" >&2
    exit 1
}

if ! command -v "$python" >/dev/null; then
    complain "there is no $python here; install Python 3.11 or newer" \
        "or name the interpreter: make PYTHON=python3.12"
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    complain "wsnotebook needs Python 3.11 or newer, but $python is Python $version" \
        "name a newer interpreter: make PYTHON=python3.12"
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    complain "$python (Python $version) cannot make virtual environments" \
        "on Debian and Ubuntu: apt install python$version-venv"
fi
echo "making $venv with Python $version"
exec "$python" -m venv "$venv"
