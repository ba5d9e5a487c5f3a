// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.platter.disk.CopyRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.format.CheckReport;
import org.platter.format.ImageFlag;

/**
 * One random life of a chain, against byte arrays: what the disk must read as from each image. Everything is drawn from
 * the seed. Not for use by many threads.
 */
final class ModelRun {
    private static final int SECTOR = 512;
    private static final int MOST_LAYERS = 6;

    private final DiskManager manager;
    private final List<ImageKind> kinds;
    private final Random random;
    private final List<byte[]> views = new ArrayList<>();
    private final List<URI> places = new ArrayList<>();
    private final StringBuilder log = new StringBuilder();

    private VirtualDisk disk;
    private int names;

    ModelRun(DiskManager manager, List<ImageKind> kinds, long seed) {
        this.manager = manager;
        this.kinds = kinds;
        random = new Random(seed);
    }

    /** Lives for so many operations; everything is compared at the end. */
    void run(int operations) throws IOException {
        try {
            disk = manager.newDisk();
            create();
            for (int i = 0; i < operations; i++) {
                step();
                sample();
            }
            reopen();
            compareAll();
            check();
            disk.close();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError("after" + log, e);
        }
    }

    private byte[] top() {
        return views.get(views.size() - 1);
    }

    private Layer layer(int index) {
        return disk.layers().get(index);
    }

    private void note(String what) {
        log.append("\n  ").append(what);
    }

    private void step() throws IOException {
        int dice = random.nextInt(100);
        if (dice < 40) {
            write(dice % 2 == 0);
        } else if (dice < 48) {
            zeroOrDiscard();
        } else if (dice < 56) {
            flush();
        } else if (dice < 68) {
            snapshot();
        } else if (dice < 76) {
            merge();
        } else if (dice < 80) {
            compact();
        } else if (dice < 83) {
            resize();
        } else if (dice < 87) {
            rebase();
        } else if (dice < 90) {
            move();
        } else if (dice < 92) {
            copy();
        } else if (dice < 93) {
            note("openFlags");
            disk.last().openFlags(flags());
        } else if (dice < 96) {
            reopen();
        } else {
            closeLast();
        }
    }

    private void flush() throws IOException {
        if (random.nextBoolean()) {
            note("flush");
            disk.flush();
        } else {
            note("flushAsync");
            disk.flushAsync().join();
        }
    }

    private URI fresh(String extension) {
        return MemoryProvider.uri("i" + names++ + "." + extension);
    }

    private void create() throws IOException {
        ImageKind kind = kinds.get(random.nextInt(kinds.size()));
        int size = (random.nextInt(600) + 1) * SECTOR * (random.nextInt(8) + 1);
        URI place = fresh(kind.extension());
        note("create " + place + " of " + size);
        disk.create(kind.at(place).withSize(size).withOpenFlags(flags()));
        views.add(new byte[size]);
        places.add(place);
    }

    private Set<OpenFlag> flags() {
        Set<OpenFlag> flags = new HashSet<>(Set.of(OpenFlag.ASYNC_IO));
        if (random.nextInt(3) == 0) {
            flags.add(OpenFlag.HONOR_SAME);
        }
        if (random.nextInt(3) == 0) {
            flags.add(OpenFlag.HONOR_ZEROES);
        }
        return flags;
    }

    private void write(boolean async) throws IOException {
        byte[] view = top();
        int sectors = view.length / SECTOR;
        int count = random.nextInt(Math.min(sectors, random.nextInt(8) == 0 ? 2000 : 40)) + 1;
        int from = random.nextInt(sectors - count + 1);
        byte[] data = content(view, from * SECTOR, count * SECTOR);
        note((async ? "writeAsync " : "write ") + from * SECTOR + "+" + data.length);
        if (async) {
            int cut = random.nextInt(data.length / SECTOR + 1) * SECTOR;
            List<ByteBuffer> parts =
                    List.of(ByteBuffer.wrap(Arrays.copyOf(data, cut)), ByteBuffer.wrap(data, cut, data.length - cut));
            disk.writeAsync(parts, (long) from * SECTOR).join();
        } else {
            disk.write(ByteBuffer.wrap(data), (long) from * SECTOR);
        }
        System.arraycopy(data, 0, view, from * SECTOR, data.length);
    }

    /** Random bytes, zeroes, or what is there already. */
    private byte[] content(byte[] view, int from, int length) {
        byte[] data = new byte[length];
        int dice = random.nextInt(5);
        if (dice == 0) {
            System.arraycopy(view, from, data, 0, length);
        } else if (dice > 1) {
            random.nextBytes(data);
        }
        return data;
    }

    private void zeroOrDiscard() throws IOException {
        byte[] view = top();
        int sectors = view.length / SECTOR;
        int count = random.nextInt(sectors) + 1;
        int from = random.nextInt(sectors - count + 1) * SECTOR;
        int length = count * SECTOR;
        boolean zero = random.nextBoolean();
        boolean async = random.nextBoolean();
        note((zero ? "zero " : "discard ") + (async ? "async " : "") + from + "+" + length);
        if (zero) {
            if (async) {
                disk.zeroAsync(from, length).join();
            } else {
                disk.zero(from, length);
            }
            Arrays.fill(view, from, from + length, (byte) 0);
            return;
        }
        if (async) {
            disk.discardAsync(from, length).join();
        } else {
            disk.discard(from, length);
        }
        byte[] now = RawDiskTest.read(disk, from, length);
        for (int i = 0; i < length; i++) {
            assertTrue(now[i] == 0 || now[i] == view[from + i], "a discarded byte has changed to something new");
        }
        System.arraycopy(now, 0, view, from, length);
    }

    private void snapshot() throws IOException {
        List<ImageKind> able = kinds.stream().filter(ImageKind::differencing).toList();
        if (views.size() >= MOST_LAYERS || able.isEmpty()) {
            return;
        }
        ImageKind kind = able.get(random.nextInt(able.size()));
        URI place = fresh(kind.extension());
        note("snapshot " + place);
        disk.create(kind.at(place).withOpenFlags(flags()));
        views.add(top().clone());
        places.add(place);
    }

    private void merge() throws IOException {
        if (views.size() < 2) {
            return;
        }
        int from = random.nextInt(views.size());
        int into = random.nextInt(views.size());
        if (from == into || from < into && layer(into).info().is(ImageFlag.FIXED)) {
            return;
        }
        note("merge " + from + " into " + into);
        if (from > into && longer(from, into)) {
            try {
                disk.merge(layer(from), layer(into)).join();
            } catch (org.platter.error.DiskException e) {
                assertEquals(org.platter.error.ErrorCode.BAD_SIZE, e.code());
                return;
            }
            views.set(into, Arrays.copyOf(views.get(from), views.get(into).length));
        } else {
            disk.merge(layer(from), layer(into)).join();
            if (from > into) {
                byte[] merged = views.get(into).clone();
                byte[] upper = views.get(from);
                System.arraycopy(upper, 0, merged, 0, Math.min(upper.length, merged.length));
                views.set(into, merged);
            }
        }
        forget(from < into ? from : into + 1, from < into ? into : from + 1);
    }

    private boolean longer(int from, int into) {
        return views.get(from).length > views.get(into).length;
    }

    private void forget(int from, int to) {
        views.subList(from, to).clear();
        places.subList(from, to).clear();
        assertEquals(views.size(), disk.layers().size());
    }

    private void compact() throws IOException {
        Layer last = disk.last();
        if (last.info().can(org.platter.format.Capability.COMPACT)) {
            note("compact");
            disk.compact(last).join();
        }
    }

    private void resize() throws IOException {
        if (disk.last().info().can(org.platter.format.Capability.RESIZE) && top().length < 4 << 20) {
            int size = top().length + random.nextInt(400) * SECTOR;
            note("resize " + size);
            int before = top().length;
            disk.resize(size).join();
            views.set(views.size() - 1, Arrays.copyOf(RawDiskTest.read(disk, 0, size), size));
            byte[] now = top();
            for (int i = before; i < size; i++) {
                assertTrue(views.size() > 1 || now[i] == 0, "new bytes of a base are zero");
            }
        }
    }

    private void rebase() throws IOException {
        if (views.size() < 3) {
            return;
        }
        int parent = random.nextInt(views.size() - 2);
        note("rebase onto " + parent);
        disk.flush();
        disk.rebase(Optional.of(request(parent).with(OpenFlag.READ_ONLY)), VirtualDisk.RebaseMode.SAFE)
                .join();
        forget(parent + 1, views.size() - 1);
    }

    private void move() throws IOException {
        int index = random.nextInt(views.size());
        String old = places.get(index).getPath();
        URI place = fresh(old.substring(old.lastIndexOf('.') + 1));
        note("move " + index + " to " + place);
        disk.move(layer(index), place).join();
        places.set(index, place);
    }

    private void copy() throws IOException {
        ImageKind kind = kinds.get(random.nextInt(kinds.size()));
        URI place = fresh(kind.extension());
        note("copy to " + place);
        try (VirtualDisk target = manager.newDisk()) {
            disk.copy(disk.last(), CopyRequest.into(target, kind.at(place))).join();
            assertArrayEquals(top(), RawDiskTest.read(target, 0, top().length));
            target.closeLast(VirtualDisk.Disposal.DELETE);
        }
    }

    private void reopen() throws IOException {
        note("reopen");
        disk.close();
        disk = manager.newDisk();
        disk.openChain(request(places.size() - 1).withFlags(flags()));
        assertEquals(views.size(), disk.layers().size());
    }

    /** An image and its parents; a VDI knows a raw parent by nothing, so that must be named. */
    private OpenRequest request(int index) {
        OpenRequest request = OpenRequest.of(places.get(index));
        boolean nameless = places.get(0).getPath().endsWith(".img");
        return nameless ? request.withParents(places.subList(0, index)) : request;
    }

    private void closeLast() throws IOException {
        if (views.size() > 1) {
            note("closeLast");
            disk.closeLast(random.nextBoolean() ? VirtualDisk.Disposal.DELETE : VirtualDisk.Disposal.KEEP);
            forget(views.size() - 1, views.size());
            if (disk.readOnly()) {
                reopen();
            }
        }
    }

    private void sample() throws IOException {
        byte[] view = top();
        assertEquals(view.length, disk.size());
        int sectors = view.length / SECTOR;
        int count = random.nextInt(Math.min(sectors, 64)) + 1;
        int from = random.nextInt(sectors - count + 1) * SECTOR;
        compare(view, from, count * SECTOR);
    }

    private void compare(byte[] view, int from, int length) throws IOException {
        byte[] read;
        if (random.nextBoolean()) {
            read = RawDiskTest.read(disk, from, length);
        } else {
            ByteBuffer buffer = ByteBuffer.allocateDirect(length);
            CompletableFuture<Void> done = disk.readAsync(List.of(buffer), from);
            done.join();
            read = new byte[length];
            buffer.flip().get(read);
        }
        int at = Arrays.mismatch(read, Arrays.copyOfRange(view, from, from + length));
        assertEquals(-1, at, () -> "the byte at " + (from + at) + " is wrong");
    }

    private void compareAll() throws IOException {
        compare(top(), 0, top().length);
    }

    private void check() throws IOException {
        for (Layer layer : disk.layers()) {
            if (layer.info().can(org.platter.format.Capability.CHECK)) {
                CheckReport report = disk.check(layer).join();
                assertEquals(0, report.errors(), () -> layer + ": " + report.findings());
            }
        }
    }
}
