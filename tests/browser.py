#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""browser.py < COMMANDS - looks at pages in Chromium, without a window

A command is a line: "URL", which is opened, and then measured in each width of WIDTHS, in
light and in dark. For each it prints a line of JSON:

	url        as it was given
	width      of the window
	scheme     "light" or "dark"
	status     of HTTP; null if the browser has nothing to show, as for a download
	title
	text       of the page
	overflow   pixels that the page is wider than its window
	lines      that the largest text takes; 0 if there is none, or no font for it
	size       of its font in pixels
	contrast   of that text with the page, as WCAG 2 counts it: 1 to 21
	errors     of the page, such as a refused style
	images     the natural widths of its pictures
	texts      of an SVG: where each begins and ends, in pixels

Speaks the DevTools protocol through a pipe, NUL after each message: no port, no library.
Ends with 1 after SECONDS_MAX seconds, whatever the browser does.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

WIDTHS = (320, 360, 480, 640, 800, 1024, 1280, 1920)
HEIGHT = 700
SECONDS_MAX = 100

# The largest text is that of <strong>, or of a heading, where there is one.
MEASURE = """(() => {
	const page = document.documentElement, body = document.body || page;
	const large = document.querySelector("strong, h1:not([hidden])") || body;
	const style = getComputedStyle(large);
	const range = document.createRange();
	range.selectNodeContents(large);
	const luminance = color => {
		const [r, g, b] = color.match(/[0-9.]+/g).slice(0, 3).map(Number).map(v => v / 255)
			.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [dark, light] = [style.color, getComputedStyle(body).backgroundColor]
		.map(luminance).sort((a, b) => a - b);
	return {
		title: document.title,
		text: body.innerText,
		overflow: page.scrollWidth - page.clientWidth,
		lines: new Set([...range.getClientRects()].filter(r => r.width > 0).map(r => Math.round(r.top))).size,
		size: parseFloat(style.fontSize),
		contrast: (light + 0.05) / (dark + 0.05),
		images: [...document.images].map(i => i.naturalWidth),
		texts: [...document.querySelectorAll("text")].map(t => t.getBBox()).map(b => [b.x, b.x + b.width]),
	};
})()"""


class Browser:
    def __init__(self, profile):
        to_browser, self.out = os.pipe()
        self.incoming, from_browser = os.pipe()
        # The browser reads descriptor 3 and writes 4. Root has no sandbox there.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh",
             "chromium-headless-shell", "--remote-debugging-pipe", "--no-sandbox",
             "--ignore-certificate-errors",  # the servers of tests have their own
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", f"--user-data-dir={profile}"],
            pass_fds=(to_browser, from_browser), stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.events = []
        self.session = None

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.incoming, 65536)
            if not more:
                sys.exit("browser.py: the browser has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                sys.exit(f"browser.py: {method}: {answer['error']['message']}")
            else:
                return answer["result"]

    def wait_for(self, method):
        while True:
            for event in self.events:
                if event.get("method") == method:
                    self.events.remove(event)
                    return event["params"]
            self.events.append(self.receive())

    def open_tab(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Network", "Log", "Runtime":
            self.call(domain + ".enable")

    def look_at(self, url):
        self.events.clear()
        # A page that cannot be shown, as a download, is an error here.
        if "errorText" in self.call("Page.navigate", url=url):
            yield {"status": None}
            return
        self.wait_for("Page.loadEventFired")
        errors = [e["params"]["entry"]["text"] for e in self.events if e.get("method") == "Log.entryAdded"]
        status = [e["params"]["response"]["status"] for e in self.events
                  if e.get("method") == "Network.responseReceived" and e["params"]["type"] == "Document"]
        for width in WIDTHS:
            self.call("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT,
                      deviceScaleFactor=1, mobile=width < 500)
            for scheme in "light", "dark":
                self.call("Emulation.setEmulatedMedia",
                          features=[{"name": "prefers-color-scheme", "value": scheme}])
                measured = self.call("Runtime.evaluate", expression=MEASURE, returnByValue=True)
                yield {"width": width, "scheme": scheme, "status": status[-1] if status else None,
                       "errors": errors, **measured["result"]["value"]}


def give_up(*_):
    sys.exit(f"browser.py: not done after {SECONDS_MAX} seconds")


signal.signal(signal.SIGALRM, give_up)
signal.alarm(SECONDS_MAX)
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    browser = Browser(profile)
    try:
        browser.open_tab()
        for line in sys.stdin:
            for measured in browser.look_at(line.strip()):
                print(json.dumps({"url": line.strip(), **measured}), flush=True)
    finally:
        browser.process.kill()
        browser.process.wait()
