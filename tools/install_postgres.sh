#!/usr/bin/env bash
# PostgreSQL's programs from the distribution's packages, for the tests that start a private server of their own. Does
# nothing where they are; where they cannot be installed those tests are skipped, each with its reason.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
if "$python" -c 'import sys; from tests.postgres import binaries; sys.exit(binaries() is None)'; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "PostgreSQL is not installed: the tests on it will be skipped (install the package postgresql)"
    exit 0
fi

settings=/etc/postgresql-common/createcluster.conf
install() {
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}
# The package would make a cluster and start it on port 5432. It asks this file first, which is then put back.
install postgresql-common || { echo "PostgreSQL could not be installed: the tests on it will be skipped"; exit 0; }
kept=$(mktemp)
cp -p "$settings" "$kept"
trap 'cp -p "$kept" "$settings"; rm -f "$kept"' EXIT
echo "create_main_cluster = false" >>"$settings"
install postgresql || echo "PostgreSQL could not be installed: the tests on it will be skipped"
