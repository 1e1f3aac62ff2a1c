# Sourced by the journeys about limits: programs that take more than they may.
write_hogs()
{
	# Each by itself is under the limit; together they are not. They do not share a page of it.
	cat >children.py <<'END'
import os, time
for i in range(8):
    if os.fork() == 0:
        held = bytearray(40 << 20)
        for at in range(0, len(held), 4096):
            held[at] = 1
        time.sleep(60)
time.sleep(60)
END
	# Memory that no process has mapped.
	cat >memfd.py <<'END'
import os, time
fd = os.memfd_create("hidden")
for i in range(200):
    os.write(fd, bytes(1 << 20))
time.sleep(60)
END
	cat >forks.py <<'END'
import os, time
for i in range(400):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        pass
time.sleep(60)
END
}
