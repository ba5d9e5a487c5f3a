// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.platter.disk.DiskManager;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.testkit.MemoryStorage;

/**
 * Three small images, one on the other, each with data, zeroes and gaps of its own, and beside them a base that is much
 * like theirs: files, and what each image reads as.
 */
record SmallChain(List<ImageKind> kinds, Map<String, MemoryStorage> files, List<byte[]> views, byte[] otherView) {
    static final int BLOCK = 4096;
    static final int SIZE = 20 * BLOCK + 3 * 512;

    static SmallChain of(ImageKind... kinds) throws IOException {
        MemoryProvider memory = new MemoryProvider();
        List<byte[]> views = new ArrayList<>();
        byte[] otherView;
        try (TestPlatform platform = TestPlatform.withFileFormats(memory)) {
            try (VirtualDisk disk = platform.manager().newDisk()) {
                for (int i = 0; i < kinds.length; i++) {
                    disk.create(kinds[i].at(MemoryProvider.uri(name(kinds, i))).withSize(SIZE));
                    fill(disk, i);
                    views.add(RawDiskTest.read(disk, 0, SIZE));
                }
            }
            otherView = other(platform.manager(), kinds[0], views.get(0));
        }
        return new SmallChain(List.of(kinds), memory.files(), views, otherView);
    }

    private static byte[] other(DiskManager manager, ImageKind kind, byte[] like) throws IOException {
        byte[] view = like.clone();
        System.arraycopy(RawDiskTest.random(90, 3 * BLOCK), 0, view, 2 * BLOCK, 3 * BLOCK);
        Arrays.fill(view, 9 * BLOCK, 11 * BLOCK, (byte) 0);
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(kind.at(MemoryProvider.uri("o." + kind.extension())).withSize(SIZE));
            disk.write(ByteBuffer.wrap(view), 0);
        }
        return view;
    }

    private static String name(ImageKind[] kinds, int index) {
        return index + "." + kinds[index].extension();
    }

    private static void fill(VirtualDisk disk, int level) throws IOException {
        switch (level) {
            case 0 -> {
                put(disk, 1, 0, 14 * BLOCK);
                put(disk, 2, SIZE - 1024, 1024);
            }
            case 1 -> {
                put(disk, 3, BLOCK + 512, 512);
                put(disk, 4, 3 * BLOCK, 2 * BLOCK);
                disk.zero(6 * BLOCK, 2 * BLOCK);
                put(disk, 5, 15 * BLOCK, BLOCK);
            }
            default -> {
                put(disk, 6, BLOCK + 1024, 512);
                put(disk, 7, 5 * BLOCK, BLOCK);
                disk.zero(3 * BLOCK, BLOCK);
                put(disk, 8, 7 * BLOCK + 512, 512);
                put(disk, 9, 17 * BLOCK + 512, BLOCK);
            }
        }
        disk.flush();
    }

    private static void put(VirtualDisk disk, int seed, int offset, int length) throws IOException {
        disk.write(ByteBuffer.wrap(RawDiskTest.random(seed, length)), offset);
    }

    /** The name of an image: 0 is the base, 2 the last one. */
    String name(int index) {
        return name(kinds.toArray(ImageKind[]::new), index);
    }

    /** The last image's number. */
    int top() {
        return kinds.size() - 1;
    }

    /** The name of the base beside the chain. */
    String other() {
        return "o." + kinds.get(0).extension();
    }

    /** That the image reads as it does. */
    Expectation reads(int index) {
        return Expectation.of(name(index), views.get(index));
    }

    /** What the last image reads as. */
    byte[] view() {
        return views.get(top());
    }

    static VirtualDisk open(DiskManager manager, String top) throws IOException {
        VirtualDisk disk = manager.newDisk();
        disk.openChain(OpenRequest.of(MemoryProvider.uri(top)).withParents(rawParent(manager, top)));
        return disk;
    }

    /** A raw parent is named where the image cannot store that it is raw. */
    private static List<URI> rawParent(DiskManager manager, String top) throws IOException {
        if (!top.endsWith(".vhd")) {
            return List.of();
        }
        try (VirtualDisk disk = manager.newDisk()) {
            OpenRequest alone = OpenRequest.of(MemoryProvider.uri(top)).with(OpenFlag.READ_ONLY, OpenFlag.INFO);
            return disk.open(alone).info().parent().stream()
                    .flatMap(link -> link.hints().stream().limit(1))
                    .filter(hint -> hint.endsWith(".img"))
                    .map(hint -> MemoryProvider.uri(hint.substring(hint.lastIndexOf('/') + 1)))
                    .toList();
        }
    }

    @Override
    public String toString() {
        return String.join(
                " < ",
                IntStream.range(0, kinds.size())
                        .mapToObj(i -> kinds.get(i).format() + kinds.get(i).flags())
                        .toList());
    }
}
