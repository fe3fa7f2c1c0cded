"""The service's client: a thin, typed layer over HTTP for programs and scripts.

```python
with Client("http://127.0.0.1:8999", key) as client:
    force = client.force("northshire")
    force.import_calls(Path("history.csv").read_bytes())
    forecast = client.wait(force.forecast(weeks=3))
```

It knows nothing of the service's other packages, so that it can be copied elsewhere with httpx alone.
"""

from app.client.client import Client
from app.client.errors import ClientError, Problem, RunFailed, Unreachable
from app.client.force import Force
from app.client.run import Run

__all__ = ["Client", "ClientError", "Force", "Problem", "Run", "RunFailed", "Unreachable"]
