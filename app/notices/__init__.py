"""The post room: knows letters, not features.

A verb queues a notice in its own transaction; the worker renders and sends it later, however often it is
killed. Delivering twice is harmless: the same Message-ID, the same calendar UID and sequence. A notice that
newer events have made untrue is withdrawn, never delivered.
"""
