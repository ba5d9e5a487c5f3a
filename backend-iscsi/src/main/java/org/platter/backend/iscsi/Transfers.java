// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.platter.backend.iscsi.scsi.Cdb;
import org.platter.backend.iscsi.scsi.UnitInfo;
import org.platter.backend.iscsi.session.Failure;
import org.platter.backend.iscsi.session.Request;
import org.platter.backend.iscsi.session.Session;
import org.platter.backend.iscsi.session.Task;

/**
 * Turns byte ranges into commands for whole blocks, none larger than the unit takes. Where a range ends inside a block,
 * that block is read to one side, and for a write changed there and written back, with the block locked against other
 * changes of the kind. Nothing here waits. Safe for use by many threads.
 */
final class Transfers {
    private static final long MOST_READ = 1 << 20;

    private final Session session;
    private final long lun;
    private final int blockSize;
    private final long mostRead;
    private final long mostWrite;
    private final long timeout;
    private final BlockLocks locks = new BlockLocks();

    Transfers(Session session, long lun, UnitInfo facts, long writeSplit, long timeout) {
        this.session = session;
        this.lun = lun;
        this.timeout = timeout;
        blockSize = facts.blockSize();
        long limit = facts.limits().transfer() > 0 ? facts.limits().transfer() * blockSize : Long.MAX_VALUE;
        mostRead = Math.min(limit, Math.max(blockSize, MOST_READ));
        mostWrite = Math.max(blockSize, Math.min(Math.min(limit, 1 << 20), writeSplit) / blockSize * blockSize);
    }

    /** Reads the rest of {@code dst}, whose position does not move. */
    void read(Request request, ByteBuffer dst, long position) {
        transfer(request, dst, position, Task.Kind.READ);
    }

    /** Writes the rest of {@code src}, whose position does not move. */
    void write(Request request, ByteBuffer src, long position) {
        transfer(request, src, position, Task.Kind.WRITE);
    }

    private void transfer(Request request, ByteBuffer data, long position, Task.Kind kind) {
        int length = data.remaining();
        if (length == 0) { // some targets never answer a command for no blocks
            session.start(request, List.of());
            return;
        }
        int head = (int) Math.min(length, -position & blockSize - 1);
        int tail = length == head ? 0 : (int) (position + length & blockSize - 1);
        if (head == 0 && tail == 0 && length <= (kind == Task.Kind.READ ? mostRead : mostWrite)) {
            session.start(request, task(request, kind, data.duplicate(), position / blockSize));
            return;
        }
        if (head > 0) {
            edge(request, kind, data.slice(data.position(), head), position);
        }
        if (tail > 0) {
            edge(request, kind, data.slice(data.limit() - tail, tail), position + length - tail);
        }
        session.start(request, whole(request, kind, data, position, head, length - tail));
    }

    /** Commands for the whole blocks of the bytes {@code from} to {@code to} of the data. */
    private List<Task> whole(Request request, Task.Kind kind, ByteBuffer data, long position, int from, int to) {
        List<Task> tasks = new ArrayList<>();
        long most = kind == Task.Kind.READ ? mostRead : mostWrite;
        for (int at = from; at < to; ) {
            int count = (int) Math.min(most, to - at);
            ByteBuffer part = data.duplicate().limit(data.position() + at + count);
            tasks.add(task(request, kind, part.position(data.position() + at), (position + at) / blockSize));
            at += count;
        }
        return tasks;
    }

    private Task task(Request request, Task.Kind kind, ByteBuffer data, long block) {
        long blocks = data.remaining() / blockSize;
        Cdb cdb = kind == Task.Kind.READ ? Cdb.read(block, blocks) : Cdb.write(block, blocks);
        return new Task.Builder(request, lun, kind, cdb)
                .data(data)
                .timeout(timeout)
                .build();
    }

    private void edge(Request request, Task.Kind kind, ByteBuffer part, long position) {
        session.hold(request);
        long block = position / blockSize;
        int at = (int) (position % blockSize);
        if (kind == Task.Kind.READ) {
            ByteBuffer whole = ByteBuffer.allocate(blockSize);
            step(Task.Kind.READ, whole, block, failure -> {
                if (failure == null) {
                    part.put(0, whole, at, part.limit());
                }
                session.release(request, failure);
            });
        } else {
            locks.acquire(block, () -> change(request, part, block, at));
        }
    }

    private void change(Request request, ByteBuffer part, long block, int at) {
        ByteBuffer whole = ByteBuffer.allocate(blockSize);
        Consumer<Failure> end = failure -> {
            locks.release(block);
            session.release(request, failure);
        };
        step(Task.Kind.READ, whole, block, failure -> {
            if (failure != null) {
                end.accept(failure);
            } else {
                whole.clear().put(at, part, 0, part.limit());
                step(Task.Kind.WRITE, whole, block, end);
            }
        });
    }

    private void step(Task.Kind kind, ByteBuffer whole, long block, Consumer<Failure> then) {
        Request request = Request.followed(then);
        session.start(request, task(request, kind, whole.duplicate(), block));
    }
}
