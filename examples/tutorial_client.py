"""The client of the tutorial that docstream's stack comes from, as its readers have it: pandas has turned the CSV into
lines of JSON, and each is posted by itself. It works unchanged where docstream listens on the tutorial's port:

    PORT=80 npm start        (a port below 1024 takes root, or the capability net_bind_service)
    pip install requests
    python3 examples/tutorial_client.py lines.json

A second argument names another address than the tutorial's.
"""

import json
import linecache
import sys

import requests

path = sys.argv[1]
url = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:80/invoiceitem"

with open(path) as lines:
    end = sum(1 for _ in lines)

i = 1
while i <= end:
    myjson = json.loads(linecache.getline(path, i))
    print(myjson)
    response = requests.post(url, json=myjson)
    print("Status code: ", response.status_code)
    print(response.json())
    i += 1
