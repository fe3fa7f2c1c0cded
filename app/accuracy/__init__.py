"""How good stored forecasts were: scored once their calls are known, summed up beside the models in their shadow."""
