#!/usr/bin/env bash
# Builds the wheel and the npm package, installs each where nothing else is, and runs what was installed. The cargo profile is that of
# $PROFILE, dev where it is not set. Needs cargo, python3 with venv, and npm; maturin comes from the index that pip uses.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
profile="${PROFILE:-dev}"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT

plain=()
if [ "$profile" = dev ]; then
    # Without the features that the tests need, most is compiled a second time, which may be done in haste.
    for crate in mcp-conform reference-servers; do plain+=(--config "profile.dev.package.$crate.opt-level=0"); done
fi

# What an installed program has to do: say the right version, and check the reference servers.
try() {
    local said
    said="$("$1" --version)"
    [ "$said" = "mcp-conform $version" ] || { echo "$1 says \`$said\`, and Cargo.toml $version" >&2; exit 1; }
    (cd "$place" && "$1" check --reference --quiet)
    local code=0
    "$1" check nonsense 2>/dev/null || code=$?
    [ "$code" = 2 ] || { echo "$1 exits with $code, and not with 2" >&2; exit 1; }
}

version="$(cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 --locked |
    python3 -c 'import json, sys; print(next(p["version"] for p in json.load(sys.stdin)["packages"] if p["name"] == "mcp-conform"))')"

echo "wheel"
python3 -m venv "$place/tools"
"$place/tools/bin/pip" install --quiet "maturin>=1.9,<2"
(cd "$root/packaging/python" && "$place/tools/bin/maturin" build --quiet --profile "$profile" "${plain[@]}" --target-dir "$root/target" --out "$place/wheels")
python3 -m venv "$place/python"
"$place/python/bin/pip" install --quiet --no-index "$place"/wheels/mcp_conform-*.whl
try "$place/python/bin/mcp-conform"

echo "npm package"
cp -r "$root/packaging/npm" "$place/npm"
machine="$(node -p 'process.platform + "-" + process.arch')"
mkdir "$place/npm/bin/$machine"
cp "$place/python/bin/mcp-conform" "$place/npm/bin/$machine/"
packed="$(cd "$place/npm" && npm pack --silent)"
grep -q "\"version\": \"$version\"" "$place/npm/package.json" || { echo "package.json has another version than Cargo.toml" >&2; exit 1; }
npm install --silent --offline --global --prefix "$place/node" "$place/npm/$packed"
try "$place/node/bin/mcp-conform"

echo "cargo install"
cargo install --quiet --locked --path "$root" --root "$place/cargo" --profile "$profile" "${plain[@]}" --target-dir "$root/target"
try "$place/cargo/bin/mcp-conform"
