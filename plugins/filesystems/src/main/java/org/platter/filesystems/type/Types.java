// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.filesystems.layout.Region;
import org.platter.space.SpaceCursor;
import org.platter.space.SpaceRange;

/** All that is known. Whatever looks like two is neither: something old may be left of one, and nobody can say which. */
public final class Types {
    private static final Map<String, Type> KNOWN = new LinkedHashMap<>();

    static {
        KNOWN.put("ext4", Ext::look);
        KNOWN.put("xfs", Xfs::look);
        KNOWN.put("NTFS", Ntfs::look);
        KNOWN.put("exFAT", ExFat::look);
        KNOWN.put("FAT", Fat::look);
        KNOWN.put("swap", Swap::look);
        KNOWN.put("", Foreign::look);
    }

    /** One kind. */
    private interface Type {
        Optional<Found> look(Region volume) throws IOException;
    }

    private Types() {}

    /** What a volume holds, verified, or nothing if it bears no signature. */
    public static Optional<Found> look(Region volume) throws IOException {
        List<Found> all = new ArrayList<>();
        for (Map.Entry<String, Type> type : KNOWN.entrySet()) {
            attempt(type.getKey(), type.getValue(), volume).ifPresent(all::add);
        }
        if (all.size() > 1) {
            List<String> names = all.stream().map(Found::type).toList();
            return Optional.of(Found.left("unknown", "", "It looks like " + String.join(" and ", names) + "."));
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(verified(all.get(0), volume));
    }

    /** True if this is a part of a RAID, whatever it looks like. */
    public static boolean member(Region volume) throws IOException {
        return Foreign.raidAtEnd(volume);
    }

    private static Optional<Found> attempt(String name, Type type, Region volume) throws IOException {
        try {
            return type.look(volume);
        } catch (DiskException e) {
            return Optional.of(damaged(Found.left(name, "", ""), e));
        }
    }

    /** A contradiction in the volume is a reason to leave it; a disk that cannot be read is an error. */
    private static Found damaged(Found found, DiskException e) throws DiskException {
        if (e.code() != ErrorCode.CORRUPT) {
            throw e;
        }
        return found.left("It is damaged: " + e.getMessage() + ".");
    }

    /** Goes through all ranges once, so that nothing is said of a file system that is damaged somewhere. */
    private static Found verified(Found found, Region volume) throws IOException {
        if (!found.reason().isEmpty()) {
            return found;
        }
        try {
            long free = 0;
            long last = 0;
            SpaceCursor cursor = found.ranges().between(0, volume.size());
            for (Optional<SpaceRange> next = cursor.next(); next.isPresent(); next = cursor.next()) {
                Found.require(
                        next.get().offset() >= last && next.get().end() <= volume.size(),
                        "a free range at " + next.get().offset() + " after " + last);
                last = next.get().end();
                free += next.get().length();
            }
            Found.require(
                    found.free() < 0 || found.free() == free,
                    found.free() + " bytes are noted as free, " + free + " are found");
            return new Found(found.type(), found.label(), "", free, found.ranges());
        } catch (DiskException e) {
            return damaged(found, e);
        }
    }
}
