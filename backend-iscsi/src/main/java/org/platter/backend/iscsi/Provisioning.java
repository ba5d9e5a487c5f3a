// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.platter.backend.iscsi.scsi.Cdb;
import org.platter.backend.iscsi.scsi.LbaStatus;
import org.platter.backend.iscsi.scsi.Reply;
import org.platter.backend.iscsi.scsi.UnitInfo;
import org.platter.backend.iscsi.scsi.UnitInfo.Limits;
import org.platter.backend.iscsi.session.Request;
import org.platter.backend.iscsi.session.Session;
import org.platter.backend.iscsi.session.Task;

/**
 * Zeroes without sending zeroes, and blocks given up. What the unit refuses once is not asked again. Safe for use by many
 * threads.
 */
final class Provisioning {
    private static final long MOST_ZEROED = 64L << 20;
    private static final long MOST_GIVEN_UP = 1L << 30;
    private static final int TOGETHER = 8;
    private static final int UNMAP_BYTES = 24;
    private static final long FRESH = TimeUnit.MILLISECONDS.toNanos(500);

    private final LunStorage storage;
    private final Session session;
    private final long lun;
    private final Limits limits;
    private final int blockSize;
    private final long blocks;
    private final long timeout;
    private final ByteBuffer zeroBlock;

    private volatile boolean unmaps;
    private volatile boolean writesSame = true;
    private volatile boolean writeSameUnmaps;
    private volatile boolean tracksMapping;

    private final AtomicLong changes = new AtomicLong();
    private volatile Answer known;

    /** An answer to GET LBA STATUS, good until something is written or time passes. */
    private record Answer(LbaStatus status, long changes, long at) {}

    Provisioning(LunStorage storage, Session session, long lun, UnitInfo facts, long timeout) {
        this.storage = storage;
        this.session = session;
        this.lun = lun;
        this.timeout = timeout;
        limits = facts.limits();
        blockSize = facts.blockSize();
        blocks = facts.blocks();
        zeroBlock = ByteBuffer.allocateDirect(blockSize).asReadOnlyBuffer();
        unmaps = limits.unmaps();
        writeSameUnmaps = limits.writeSame16Unmaps() || limits.writeSame10Unmaps();
        tracksMapping = limits.tracksMapping();
    }

    /** Something is about to be written. */
    void changed() {
        changes.incrementAndGet();
    }

    /** Makes the range read as zeroes, giving up its blocks where that surely has the same effect. */
    void zero(long position, long length) throws IOException {
        changed();
        long first = roundUp(position, blockSize);
        long last = (position + length) / blockSize * blockSize;
        if (first >= last) {
            writeZeroes(position, length);
            return;
        }
        writeZeroes(position, first - position);
        zeroBlocks(first / blockSize, last / blockSize);
        writeZeroes(last, position + length - last);
        changed();
    }

    private void zeroBlocks(long from, long to) throws IOException {
        if (writeSameUnmaps) {
            boolean sixteen = limits.writeSame16Unmaps();
            if (same(from, to, MOST_GIVEN_UP, (at, count) -> Cdb.writeSameUnmapping(at, count, sixteen))) {
                return;
            }
            writeSameUnmaps = false;
        } else if (unmaps && tracksMapping) {
            unmapAndSee(from, to);
            return;
        }
        overwrite(from, to);
    }

    private void overwrite(long from, long to) throws IOException {
        if (writesSame && same(from, to, MOST_ZEROED, Cdb::writeSame)) {
            return;
        }
        writesSame = false;
        writeZeroes(from * blockSize, (to - from) * blockSize);
    }

    /** UNMAP is only a wish: what is still mapped afterwards is overwritten. */
    private void unmapAndSee(long from, long to) throws IOException {
        discard(from * blockSize, (to - from) * blockSize);
        storage.flush(); // a restarted target must not get older writes again
        long at = from;
        while (at < to) {
            long data = Math.min(to * blockSize, nextData(at * blockSize)) / blockSize;
            long hole = Math.min(to * blockSize, nextHole(data * blockSize)) / blockSize;
            if (hole > data) {
                overwrite(data, hole);
            }
            at = Math.max(hole, at + 1);
        }
    }

    private interface Command {
        Cdb of(long block, long count);
    }

    /** Writes one block of zeroes many times over; false if the unit does not know how. */
    private boolean same(long from, long to, long mostBytes, Command command) throws IOException {
        long most = Math.max(1, mostBytes / blockSize);
        most = limits.writeSame() > 0 ? Math.min(most, limits.writeSame()) : most;
        most = command.of(0, 1).code() < 0x80 && !limits.writeSame16Unmaps() ? Math.min(most, 0xFFFF) : most;
        for (long at = from; at < to; ) {
            List<Task> tasks = new ArrayList<>(TOGETHER);
            Request request = Request.waited();
            while (at < to && tasks.size() < TOGETHER) {
                long count = Math.min(most, to - at);
                tasks.add(new Task.Builder(request, lun, Task.Kind.WRITE, command.of(at, count))
                        .data(zeroBlock.duplicate())
                        .timeout(timeout)
                        .build());
                at += count;
            }
            session.start(request, tasks);
            try {
                session.await(request);
            } catch (IOException e) {
                if (tasks.stream().anyMatch(Task::refused)) {
                    return false;
                }
                throw e;
            }
        }
        return true;
    }

    private void writeZeroes(long position, long length) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(length, 1 << 20));
        for (long done = 0; done < length; done += zeroes.limit()) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), length - done));
            storage.write(zeroes, position + done);
        }
    }

    /** Gives up whole groups of blocks inside the range, if the unit can do that and they then read as zeroes. */
    void discard(long position, long length) throws IOException {
        if (!unmaps && !writeSameUnmaps) {
            return;
        }
        changed();
        long shift = limits.alignment();
        long granularity = limits.granularity();
        long from = roundUp(roundUp(position, blockSize) / blockSize - shift, granularity) + shift;
        long end = (position + length) / blockSize;
        long to = end == blocks ? end : Math.floorDiv(end - shift, granularity) * granularity + shift;
        if (from < to && unmaps) {
            unmap(from, to);
        } else if (from < to) {
            boolean sixteen = limits.writeSame16Unmaps();
            writeSameUnmaps = same(from, to, MOST_GIVEN_UP, (at, n) -> Cdb.writeSameUnmapping(at, n, sixteen));
        }
        changed();
    }

    private void unmap(long from, long to) throws IOException {
        long most = Math.max(limits.granularity(), Math.min(limits.unmap(), MOST_GIVEN_UP / blockSize));
        most = most / limits.granularity() * limits.granularity();
        for (long at = from; at < to && unmaps; at += most) {
            long count = Math.min(most, to - at);
            ByteBuffer list = ByteBuffer.allocate(UNMAP_BYTES);
            list.putShort(0, (short) (UNMAP_BYTES - 2)).putShort(2, (short) 16);
            list.putLong(8, at).putInt(16, (int) count);
            Request request = Request.waited();
            Task task = new Task.Builder(request, lun, Task.Kind.SEND_PARAMETERS, Cdb.unmap(UNMAP_BYTES))
                    .data(list)
                    .timeout(timeout)
                    .build();
            session.start(request, task);
            try {
                session.await(request);
            } catch (IOException e) {
                if (!task.refused()) {
                    throw e;
                }
                unmaps = false; // giving up is a wish, not a promise
            }
        }
    }

    /** The first position from {@code position} on that may hold something else than zeroes. */
    long nextData(long position) throws IOException {
        return next(position, true);
    }

    /** The first position from {@code position} on that holds zeroes, because it is given up. */
    long nextHole(long position) throws IOException {
        return next(position, false);
    }

    private long next(long position, boolean mapped) throws IOException {
        long block = position / blockSize;
        if (!tracksMapping || block >= blocks) {
            return mapped ? Math.min(position, storage.size()) : storage.size();
        }
        while (block < blocks) {
            LbaStatus status = status(block);
            if (!status.covers(block)) {
                return mapped ? Math.max(position, block * blockSize) : storage.size();
            }
            long found = mapped ? status.nextMapped(block) : status.nextUnmapped(block);
            if (found < status.end()) {
                return Math.max(position, found * blockSize);
            }
            block = found;
        }
        return storage.size();
    }

    private LbaStatus status(long block) throws IOException {
        Answer answer = known;
        long now = System.nanoTime();
        long count = changes.get();
        if (answer != null
                && answer.changes() == count
                && now - answer.at() < FRESH
                && answer.status().covers(block)) {
            return answer.status();
        }
        Reply reply = session.execute(lun, Cdb.getLbaStatus(block, LbaStatus.BYTES), LbaStatus.BYTES);
        if (!reply.good()) {
            tracksMapping = !reply.sense().refused();
            return LbaStatus.NOTHING;
        }
        LbaStatus status = LbaStatus.decode(reply, block, blocks);
        known = new Answer(status, count, now);
        return status;
    }

    private static long roundUp(long value, long unit) {
        return Math.floorDiv(value + unit - 1, unit) * unit;
    }
}
