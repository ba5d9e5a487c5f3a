// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the blocks of a disk may read as, kept by the one thread that writes them: the last value that was acknowledged,
 * those of failed writes, and since the last flush all that were there, any of which a loss of power may leave.
 */
final class StormBlocks {
    static final int BLOCK = 16 << 10;
    private static final int SECTOR = 512;

    /** A value: which write filled the block; 0 is zeroes. */
    static byte[] content(int value) {
        byte[] bytes = new byte[BLOCK];
        if (value != 0) {
            for (int i = 0; i < BLOCK; i += 4) {
                bytes[i] = (byte) value;
                bytes[i + 1] = (byte) (value >>> 8);
                bytes[i + 2] = (byte) (value >>> 16);
                bytes[i + 3] = (byte) (value >>> 24 ^ i);
            }
        }
        return bytes;
    }

    private final List<List<Integer>> now = new ArrayList<>(); // any of these
    private final List<List<Integer>> durable = new ArrayList<>(); // any of these after a loss of power

    StormBlocks(int count) {
        for (int i = 0; i < count; i++) {
            now.add(new ArrayList<>(List.of(0)));
            durable.add(new ArrayList<>(List.of(0)));
        }
    }

    int count() {
        return now.size();
    }

    synchronized void writing(int block, int value) {
        now.get(block).add(value);
        durable.get(block).add(value);
    }

    synchronized void written(int block, int value) {
        now.set(block, new ArrayList<>(List.of(value)));
    }

    /** What had been acknowledged when a flush began is durable when that has succeeded. */
    synchronized List<List<Integer>> beforeFlush() {
        return now.stream()
                .map(values -> (List<Integer>) new ArrayList<>(values))
                .toList();
    }

    synchronized void flushed(List<List<Integer>> before) {
        for (int i = 0; i < now.size(); i++) {
            List<Integer> later = new ArrayList<>(before.get(i));
            int known = durable.get(i).lastIndexOf(before.get(i).get(0));
            later.addAll(
                    durable.get(i).subList(Math.max(0, known), durable.get(i).size()));
            durable.set(i, later);
        }
    }

    /** Fails unless each sector of the block reads as it may: a write that has failed may have been done in part. */
    synchronized void check(int block, byte[] bytes, boolean afterLoss) {
        List<Integer> allowed = afterLoss ? durable.get(block) : now.get(block);
        List<byte[]> contents =
                allowed.stream().distinct().map(StormBlocks::content).toList();
        for (int at = 0; at < BLOCK; at += SECTOR) {
            int from = at;
            boolean known = contents.stream()
                    .anyMatch(content -> Arrays.equals(bytes, from, from + SECTOR, content, from, from + SECTOR));
            if (!known) {
                int first = bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
                fail("block " + block + " reads at " + at + " as of write " + first + ", allowed are " + allowed
                        + (afterLoss ? " after a loss" : ""));
            }
        }
    }

    /** After a loss: what is there counts from now on; false if it is no single value. */
    synchronized boolean settle(int block, byte[] bytes) {
        for (int value : durable.get(block)) {
            if (Arrays.equals(bytes, content(value))) {
                now.set(block, new ArrayList<>(List.of(value)));
                durable.set(block, new ArrayList<>(List.of(value)));
                return true;
            }
        }
        now.set(block, new ArrayList<>(durable.get(block)));
        return false;
    }
}
