"""Imported first by a worker's forkserver, which loads for seconds and looks at nothing meanwhile: it ends with its
worker."""

from app.runs.child import end_with_parent

end_with_parent()
