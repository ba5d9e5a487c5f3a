// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/**
 * Fills a new base image, which reads as zeroes, from many threads: zeroes are left out, storage is reserved in
 * ascending order, and transfers overlap. Used inside the gate.
 *
 * <p>Rule of waiting: windows reserve in the order of their numbers, so that the image is laid out as it is read;
 * transfers overlap. Who waits for its turn holds neither range nor gate, and a window that fails wakes all that
 * wait, or they would wait for ever.
 */
public final class BulkWriter {
    private static final int UNIT = 4096;
    private static final int MOST_BLOCK = 16 << 20;

    private final ChainLayer layer;
    private final RangeLocks locks;
    private final long block;

    private final Object order = new Object();
    private long turn; // guarded by order
    private boolean broken; // guarded by order

    /** For one image. */
    public BulkWriter(ChainLayer layer, RangeLocks locks) {
        this.layer = layer;
        this.locks = locks;
        block = layer.info().blockSize();
    }

    /** True if blocks are small enough to be kept in memory. */
    public static boolean suits(ImageInfo info) {
        return info.blockSize() <= MOST_BLOCK;
    }

    /** How much to put at a time: whole blocks. */
    public int window() {
        return (int) Math.max(Buffers.SIZE, block);
    }

    /**
     * Waits until all windows before this one have their storage reserved. Outside the gate: the one before may have to
     * wait for its source.
     *
     * @param number 0, 1, … without gaps in ascending order of offset
     */
    public void awaitTurn(long number) throws DiskException {
        synchronized (order) {
            boolean interrupted = false;
            while (turn != number && !broken) {
                try {
                    order.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (broken) {
                throw new DiskException(ErrorCode.CANCELLED, "another part of the copy failed");
            }
        }
    }

    /** Stores what is not zero of {@code bytes}, which begins at a block's first byte, when it is its turn. */
    public void put(ByteBuffer bytes, long offset, long number) throws IOException {
        long length = Math.min(bytes.remaining(), layer.size() - offset);
        try (RangeLocks.Held held = locks.exclusive(offset, length)) {
            layer.wrote(length);
            layer.growing(() -> {
                putHeld(bytes, offset, length, number);
                return null;
            });
        }
    }

    private void putHeld(ByteBuffer bytes, long offset, long length, long number) throws IOException {
        List<Run.Data> rooms = new ArrayList<>();
        List<Run.Data> fresh = new ArrayList<>();
        reserve(bytes, offset, length, rooms, fresh);
        pass(number);
        for (Run.Data room : rooms) {
            storeSparse(bytes, offset, room);
        }
        for (Run.Data room : fresh) {
            store(bytes, offset, length, room);
        }
        for (Run.Data room : fresh) {
            layer.remap(room);
        }
    }

    private void pass(long number) {
        synchronized (order) {
            turn = number + 1;
            order.notifyAll();
        }
    }

    /** Nobody waits any longer: a part of the work has failed. */
    public void breakOrder() {
        synchronized (order) {
            broken = true;
            order.notifyAll();
        }
    }

    private void reserve(ByteBuffer bytes, long offset, long length, List<Run.Data> rooms, List<Run.Data> fresh)
            throws IOException {
        long end = offset + length;
        for (long at = offset; at < end; ) {
            Run run = layer.map(at, end - at);
            if (run instanceof Run.Data data) {
                rooms.add(data);
            } else {
                reserve(bytes, offset, run, fresh);
            }
            at = run.end();
        }
    }

    private void reserve(ByteBuffer bytes, long offset, Run run, List<Run.Data> fresh) throws IOException {
        for (long at = run.offset(); at < run.end(); ) {
            long needed = at;
            while (needed < run.end() && !zero(bytes, offset, needed, blockEnd(needed, run.end()))) {
                needed = blockEnd(needed, run.end());
            }
            while (at < needed) {
                Run.Data room = layer.allocate(at, needed - at);
                fresh.add(room);
                at = room.end();
            }
            while (at < run.end() && zero(bytes, offset, at, blockEnd(at, run.end()))) {
                at = blockEnd(at, run.end());
            }
        }
    }

    private long blockEnd(long at, long end) {
        return Math.min(end, at / block * block + block);
    }

    private static boolean zero(ByteBuffer bytes, long offset, long from, long to) {
        int base = bytes.position();
        return Zeroes.only(bytes, base + (int) (from - offset), base + (int) (to - offset));
    }

    private static void store(ByteBuffer bytes, long offset, long length, Run.Data room) throws IOException {
        int from = bytes.position() + (int) (room.offset() - offset);
        int count = (int) Math.min(room.length(), offset + length - room.offset());
        room.storage().write(bytes.slice(from, count), room.position());
        if (count < room.length()) {
            room.storage().zero(room.position() + count, room.length() - count);
        }
    }

    /** Storage that reads as zeroes already: only stretches with data are written. */
    private static void storeSparse(ByteBuffer bytes, long offset, Run.Data room) throws IOException {
        int from = bytes.position() + (int) (room.offset() - offset);
        int to = from + (int) room.length();
        for (int at = from; at < to; ) {
            int data = at;
            while (data < to && Zeroes.only(bytes, data, Math.min(to, data + UNIT))) {
                data = Math.min(to, data + UNIT);
            }
            int end = data;
            while (end < to && !Zeroes.only(bytes, end, Math.min(to, end + UNIT))) {
                end = Math.min(to, end + UNIT);
            }
            if (end > data) {
                room.storage().write(bytes.slice(data, end - data), room.position() + (data - from));
            }
            at = end;
        }
    }
}
