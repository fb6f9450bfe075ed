"""The parts of the page Anomalies."""
