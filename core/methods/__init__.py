"""Learning-to-defer methods behind one protocol."""
