// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a disk must read as: exactly, or after a crash, when sectors changed since the last flush may hold any content
 * that they had since then. Offsets and lengths are multiples of {@value #SECTOR}, but for the end of the disk.
 */
public final class DiskModel {
    private static final int SECTOR = 512;

    private final byte[] parent;
    private final Map<Integer, List<Content>> since = new HashMap<>(); // by sector: contents since the last flush
    private byte[] bytes;

    /** A fresh disk of that size over a parent. */
    public DiskModel(int size, byte[] parent) {
        this.parent = parent.clone();
        bytes = Arrays.copyOf(parent, size);
    }

    /** A disk that reads so, durably. */
    public static DiskModel exactly(byte[] bytes) {
        return new DiskModel(bytes.length, bytes);
    }

    private DiskModel(DiskModel other) {
        parent = other.parent;
        bytes = other.bytes.clone();
        other.since.forEach((sector, contents) -> since.put(sector, new ArrayList<>(contents)));
    }

    /** A copy that changes on its own. */
    public DiskModel copy() {
        return new DiskModel(this);
    }

    /** What the disk reads as, if nothing was lost. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** A range of {@link #bytes}. */
    public byte[] bytes(int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    /** The disk takes these bytes, which must not change afterwards. */
    public void write(int offset, byte[] data) {
        attempt(offset, data);
        System.arraycopy(data, 0, bytes, offset, data.length);
    }

    /** A change to these bytes is tried: after a crash the range may hold them, but need not. */
    public void attempt(int offset, byte[] data) {
        for (int at = 0; at < data.length; at += SECTOR) {
            int sector = (offset + at) / SECTOR;
            since.computeIfAbsent(sector, this::present).add(new Content(data, at));
        }
    }

    private List<Content> present(int sector) {
        return new ArrayList<>(List.of(new Content(Arrays.copyOfRange(bytes, sector * SECTOR, end(sector)), 0)));
    }

    private int end(int sector) {
        return Math.min(bytes.length, (sector + 1) * SECTOR);
    }

    /** The range becomes zeroes. */
    public void zero(int offset, int length) {
        write(offset, new byte[length]);
    }

    /** The range shows the parent. */
    public void free(int offset, int length) {
        write(offset, parentBytes(offset, length));
    }

    /** The parent's bytes in a range, with zeroes behind its end. */
    public byte[] parentBytes(int offset, int length) {
        return offset < parent.length ? Arrays.copyOfRange(parent, offset, offset + length) : new byte[length];
    }

    /** The disk has grown; new bytes show the parent. */
    public void resize(int size) {
        int old = bytes.length;
        bytes = Arrays.copyOf(bytes, size);
        if (size > old) {
            System.arraycopy(parentBytes(old, size - old), 0, bytes, old, size - old);
        }
    }

    /** All that was done so far is durable. */
    public void flushed() {
        since.clear();
    }

    /** Fails unless the disk reads exactly so. */
    public void checkExactly(byte[] disk) {
        int at = Arrays.mismatch(bytes, disk);
        if (at >= 0) {
            throw new AssertionError("the disk differs from what was written, first at byte " + at + " of "
                    + bytes.length + " (has " + disk.length + ")");
        }
    }

    /** True if {@link #checkAfterCrash} would not fail. */
    public boolean allows(byte[] disk) {
        try {
            checkAfterCrash(disk);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    /** Fails unless every sector reads as durable, or as something that was put there since. */
    public void checkAfterCrash(byte[] disk) {
        if (disk.length != bytes.length) {
            throw new AssertionError("the disk has " + disk.length + " bytes, not " + bytes.length);
        }
        for (int sector = 0; sector * SECTOR < disk.length; sector++) {
            int from = sector * SECTOR;
            int to = end(sector);
            List<Content> allowed = since.getOrDefault(sector, List.of());
            if (!Arrays.equals(disk, from, to, bytes, from, to)
                    && allowed.stream().noneMatch(content -> content.matches(disk, from, to))) {
                throw new AssertionError("after the crash sector " + sector
                        + (allowed.isEmpty() ? " differs though it was flushed" : " holds what was never there"));
            }
        }
    }

    /** Bytes of a sector, somewhere in an array that nobody changes. */
    private record Content(byte[] array, int at) {
        boolean matches(byte[] disk, int from, int to) {
            return Arrays.equals(disk, from, to, array, at, at + to - from);
        }
    }
}
