// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.platter.filesystems.layout.Region;
import org.platter.space.SpaceRange;

/** Linux swap: all but its first page is unused while nobody swaps. Source: docs/formats/filesystems.md, section 8. */
final class Swap {
    private static final int HEADER = 1024;
    private static final int[] PAGES = {4096, 8192, 16384, 65536};

    private Swap() {}

    static Optional<Found> look(Region volume) throws IOException {
        for (int page : PAGES) {
            if (volume.has(0, page)) {
                ByteBuffer first = volume.read(0, page);
                byte[] magic = new byte[10];
                first.get(page - 10, magic);
                String text = new String(magic, StandardCharsets.ISO_8859_1);
                if (text.equals("SWAPSPACE2")) {
                    return Optional.of(found(volume, first, page));
                } else if (text.equals("SWAP-SPACE") || text.startsWith("S1SUSPEND") || text.startsWith("S2SUSPEND")) {
                    return Optional.of(
                            Found.left("swap", "", "It is of an old version, or a system is suspended to it."));
                }
            }
        }
        return Optional.empty();
    }

    private static Found found(Region volume, ByteBuffer first, int page) {
        byte[] name = new byte[16];
        first.get(HEADER + 28, name);
        String label = Found.text(name, StandardCharsets.UTF_8);
        long end = ((first.getInt(HEADER + 4) & 0xFFFF_FFFFL) + 1) * page;
        if (first.getInt(HEADER) != 1 || first.getInt(HEADER + 8) != 0 || end > volume.size() || end <= page) {
            return Found.left("swap", label, "Its version is not 1, it has bad pages, or ends behind the volume.");
        }
        return Found.of("swap", label, end - page, (from, to) -> {
            long start = Math.max(page, from);
            long stop = Math.min(end, to);
            SpaceRange[] rest = {start < stop ? new SpaceRange(start, stop - start) : null};
            return () -> {
                Optional<SpaceRange> next = Optional.ofNullable(rest[0]);
                rest[0] = null;
                return next;
            };
        });
    }
}
