"""One module per model, one shape: ``fit(history, ...) -> Fitted`` and ``Fitted.forecast(horizon)``."""
