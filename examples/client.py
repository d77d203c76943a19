"""A client of docstream with nothing but Python's standard library: python3 examples/client.py FILE.ndjson

API_URL: where it runs; API_KEY: an API key, where keys are configured.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ.get("API_URL", "http://127.0.0.1:3000")
KEY = os.environ.get("API_KEY")
ATTEMPTS_MAX = 8
PASSING = (408, 429, 500, 502, 503, 504)
LINE = {
    "InvoiceNo": "580002",
    "StockCode": "85123A",
    "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
    "Quantity": 6,
    "InvoiceDate": "12/1/2010 8:26",
    "UnitPrice": 2.55,
    "CustomerID": 17850,
    "Country": "United Kingdom",
}


def call(path, body=None, content_type=None, key=None):
    """Answers (status, headers, JSON). Waits and tries again while docstream can't take it or can't be reached, itself or
    behind a proxy, which is safe for what has a key: it is stored once. `body` is bytes, or a file's path, sent as a stream."""
    headers = {"Content-Type": content_type, "Idempotency-Key": key, "Authorization": KEY and f"Bearer {KEY}"}
    headers = {name: value for name, value in headers.items() if value}
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            if isinstance(body, str):
                headers["Content-Length"] = str(os.path.getsize(body))
                with open(body, "rb") as stream:
                    return send(path, stream, headers)
            return send(path, body, headers)
        except urllib.error.HTTPError as error:
            if error.code in PASSING and attempt == ATTEMPTS_MAX:
                raise
            if error.code not in PASSING:
                # A problem (RFC 9457): `errors` names each field, or each line of a file, that is wrong.
                return error.code, error.headers, json.load(error)
            wait = float(error.headers.get("Retry-After", 1))
        except (urllib.error.URLError, ConnectionError):
            if attempt == ATTEMPTS_MAX:
                raise
            wait = min(2**attempt, 30)
        time.sleep(wait)


def send(path, data, headers):
    request = urllib.request.Request(URL + path, data, headers)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.status, answer.headers, json.load(answer)


def post_line(line, key):
    """Answers the address of the line's trail. From then on it is never lost."""
    status, headers, answer = call("/invoiceitem", json.dumps(line).encode(), "application/json", key)
    if status != 200:
        raise ValueError(f"{status}: {answer}")
    return headers["Location"]


def post_file(path):
    """Posts a file with one line of JSON for each item. Sent again, it changes nothing: line n is the event KEY:n."""
    with open(path, "rb") as stream:
        key = "example-" + hashlib.sha256(stream.read()).hexdigest()[:32]
    return call("/invoiceitems", path, "application/x-ndjson", key)


def follow(trail):
    """Waits until the line is processed: stored, a duplicate, or a dead letter."""
    while True:
        status, _, answer = call(trail)
        if status != 200:
            raise ValueError(f"{status}: {answer}")
        if answer["state"] != "waiting":
            return answer
        time.sleep(0.25)


if __name__ == "__main__":
    receipt = post_line(LINE, key="example-py-1")
    print("1. posted one line:", receipt)
    print("2. it is", follow(receipt)["state"])
    status, _, tally = post_file(sys.argv[1])
    print(f"3. posted a file: {status}, {tally['accepted']} accepted, {tally['rejected']} rejected", tally["errors"])
    _, _, invoice = call("/api/invoices/" + LINE["InvoiceNo"])
    print("4. invoice", invoice["invoiceNo"], "has", invoice["lineCount"], "lines, total", invoice["total"])
