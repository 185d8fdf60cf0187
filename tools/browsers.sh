# Sourced: sets and exports CHROMIUM and FIREFOX where they are not set and such a browser is here.

first_of() {
  local program found
  for program in "$@"; do
    found=$(command -v "$program" 2>/dev/null) && { echo "$found"; return 0; }
  done
  return 0
}

: "${CHROMIUM:=$(first_of /usr/bin/chromium chromium chromium-browser google-chrome \
  "/Applications/Chromium.app/Contents/MacOS/Chromium" "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")}"
: "${FIREFOX:=$(first_of firefox-esr firefox "/Applications/Firefox.app/Contents/MacOS/firefox")}"
# Empty would not mean "the usual place" to who reads them.
if [ -n "$CHROMIUM" ]; then export CHROMIUM; else unset CHROMIUM; fi
if [ -n "$FIREFOX" ]; then export FIREFOX; else unset FIREFOX; fi
