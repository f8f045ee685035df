"""MiniStack, ending with the process that started it.

The parent keeps the other end of standard input open. However it goes away, even killed, the pipe closes, and MiniStack then stops
the clean way, which is the only one that saves its state. Run by the interpreter of .tools.
"""

import json
import os
import signal
import sys
import threading
import time

from ministack import app
from ministack.core import iam_actions
from ministack.services import lambda_svc


def stop_when_the_parent_is_gone() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


# MiniStack 1.5.33 saves how far a function has read a table's stream, but not the stream: it would skip as many new records.
lambda_svc._restore_esm_positions = lambda positions, saved: None

# MiniStack starts a process for each request that finds all of a function's busy; 64 cold starts at once take this machine a minute.
# Here they wait for one that is free: none of our functions waits for another, so that can't lock up.
acquire = lambda_svc.acquire_worker
PROCESSES = 2 * (os.cpu_count() or 1)


def acquire_when_free(*arguments, **options):
    while True:
        worker, how = acquire(*arguments, **{**options, "max_concurrency": PROCESSES})
        if worker is not None:
            return worker, how
        time.sleep(0.01)


lambda_svc.acquire_worker = acquire_when_free

# The import bucket takes encrypted connections only, and there are none here.
pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda address, secure: pin_request_origin(address, True)

# MiniStack 1.5.33 wants the permission to send a mail on "*", which no role has that may send from one address.
resource_of_ses = iam_actions._ses_v2_resource_arn


def sender_or_resource(method, path, body, region, account_id):
    if method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
        return f"arn:aws:ses:{region}:{account_id}:identity/{json.loads(body).get('FromEmailAddress')}"
    return resource_of_ses(method, path, body, region, account_id)


iam_actions._ses_v2_resource_arn = sender_or_resource

threading.Thread(target=stop_when_the_parent_is_gone, daemon=True).start()
sys.argv[1:] = []
app.main()
