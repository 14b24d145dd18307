"""The command line: parses, wires, prints, and maps errors to exit codes. No logic of the job."""
