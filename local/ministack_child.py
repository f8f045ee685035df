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
from ministack.services.cloudformation import changesets, engine


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

# What IAM asks for, MiniStack 1.5.33 does not know of two calls: for messages it wants an action of the name of their batch, which is
# none, and for a mail a permission on "*", which no role has that may send from one address.
action_of, resource_of = iam_actions.extract_iam_action, iam_actions.extract_resource_arn


def action_of_batches_too(service, *request):
    action = action_of(service, *request)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def resource_of_mails_too(service, method, path, headers, body, query, region, account_id):
    if service == "ses" and method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
        return f"arn:aws:ses:{region}:{account_id}:identity/{json.loads(body).get('FromEmailAddress')}"
    return resource_of(service, method, path, headers, body, query, region, account_id)


iam_actions.extract_iam_action, iam_actions.extract_resource_arn = (
    action_of_batches_too,
    resource_of_mails_too,
)

# CloudFormation tells SAM the parameters' values, which decide on the names of functions' versions. MiniStack 1.5.33 does not.
apply_transforms = changesets._apply_transforms


def apply_transforms_with_values(template, provided=None, previous=None):
    declared = template.get("Parameters", {})
    values = engine._transform_parameters(template, provided, previous)
    filled = {
        name: {**each, "Default": values[name]} if name in values else each for name, each in declared.items()
    }
    applied = apply_transforms({**template, "Parameters": filled}, provided, previous)
    if "Parameters" in applied:
        applied["Parameters"] = declared
    return applied


changesets._apply_transforms = apply_transforms_with_values

threading.Thread(target=stop_when_the_parent_is_gone, daemon=True).start()
sys.argv[1:] = []
app.main()
