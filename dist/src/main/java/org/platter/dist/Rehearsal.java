// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Runs the everyday commands once, on a disk that nobody sees, while the virtual machine records the classes for its
 * archive. What fails is not recorded, and that is all.
 */
final class Rehearsal {
    private Rehearsal() {}

    /** Whether {@code bin/platter} started this process to make the archive. */
    static boolean wanted() {
        return Boolean.getBoolean("platter.rehearsal");
    }

    static int run(ToIntFunction<String[]> shell) {
        try {
            Cache folder = Cache.create();
            try {
                commands(folder.folder()).forEach(shell::applyAsInt);
            } finally {
                folder.delete();
            }
            return 0;
        } catch (IOException e) {
            return 1;
        }
    }

    private static List<String[]> commands(Path folder) {
        String disk = folder.resolve("a.vdi").toString();
        String copy = folder.resolve("b.img").toString();
        return List.of(
                new String[] {"--version"},
                new String[] {"backends"},
                new String[] {"create", disk, "4M"},
                new String[] {"write", "--fill", "7", "--length", "64k", disk, "1M"},
                new String[] {"info", disk},
                new String[] {"info", "--chain", "--json", disk},
                new String[] {"map", disk},
                new String[] {"check", disk},
                new String[] {"convert", disk, copy},
                new String[] {"compare", disk, copy},
                new String[] {"probe", copy});
    }
}
