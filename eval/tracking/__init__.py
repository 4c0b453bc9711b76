"""Where runs and traces go, for those who keep them: MLflow, a file, OpenTelemetry. Nothing goes anywhere unasked."""
