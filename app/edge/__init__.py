"""What every request passes on its way in and out: identifiers, limits, validators, the published contract."""
