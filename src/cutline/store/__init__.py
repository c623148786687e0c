"""What is kept: the lake of records, the audit log, the workspace's key. Nothing here decides what a record means."""
