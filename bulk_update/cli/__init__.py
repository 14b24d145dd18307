"""The command line: options, output, and exit codes. It contains no logic of the job."""
