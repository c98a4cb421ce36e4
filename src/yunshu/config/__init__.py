"""The wiring: settings, environment, addresses, command line. The only place that knows everything."""
