#!/bin/sh
# Make sure that the machine has what a make target needs: machine.sh python | tests
# What is missing is installed where that can be done (root on Debian), else the exact command to type is shown.
set -eu

missing=""

want() { # PACKAGE COMMAND...: the package is missing when the command fails
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_postgresql() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
has_chinese_font() { fc-list :lang=zh | grep . || ls /usr/share/fonts/*/noto/NotoSansCJK*; }
has_pango() { /sbin/ldconfig -p | grep libpangoft2-1.0.so && /sbin/ldconfig -p | grep libharfbuzz-subset.so; }
has_python() { "${PYTHON:-python3}" -c 'import ensurepip, sys, venv; assert sys.version_info >= (3, 11)'; }

case "$1" in
python)
    want python3-venv has_python
    ;;
tests)
    [ -n "${TEST_DATABASE_URL:-}" ] || want postgresql has_postgresql
    want postgresql-client command -v pg_dump
    want redis-server command -v redis-server
    want chromium command -v chromium
    want fonts-noto-cjk has_chinese_font
    want "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" has_pango
    want gettext command -v xgettext
    want hledger command -v hledger
    ;;
*)
    echo "machine.sh python | tests" >&2
    exit 2
    ;;
esac

[ -n "$missing" ] || exit 0

if [ "${2:-}" != again ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    apt-get install -qq --yes --no-install-recommends $missing >/dev/null
    exec sh "$0" "$1" again
fi

echo "This needs$missing. Type: sudo apt-get install --yes$missing" >&2
exit 1
