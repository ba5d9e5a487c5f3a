// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.filesystems.layout.GptTable;
import org.platter.filesystems.layout.LvmGroup;
import org.platter.filesystems.layout.MbrTable;
import org.platter.filesystems.layout.Part;
import org.platter.filesystems.layout.Region;
import org.platter.filesystems.type.Found;
import org.platter.filesystems.type.Types;
import org.platter.space.DiskReader;
import org.platter.space.DiskSpace;
import org.platter.space.FreeSpace;

/** Follows partition tables and LVM to file systems and asks them. Keeps no state. */
@Component
public final class FileSystems implements FreeSpace {
    private static final String UNKNOWN = "unknown";
    private static final long VERITY = 0x0000_7974_6972_6576L; // verity

    /** Made by Declarative Services. */
    public FileSystems() {}

    @Override
    public DiskSpace look(DiskReader disk, long size) throws IOException {
        KnownSpace space = new KnownSpace();
        if (size <= 0) {
            return space;
        }
        Region all = Region.of(disk, size);
        List<Part> parts = apart(partitions(all));
        if (sealed(parts)) {
            parts.replaceAll(part -> left(part, "A volume of the disk is sealed by checksums of dm-verity."));
        }
        for (Part part : parts) {
            if (part.region().isPresent()) {
                divide(part, part.region().get(), space);
            } else {
                space.leave(part, UNKNOWN, part.reason());
            }
        }
        return space;
    }

    /** True if a partition holds checksums of all bytes of another one, used or not. */
    private static boolean sealed(List<Part> parts) throws IOException {
        for (Part part : parts) {
            if (part.region().isPresent()) {
                Region region = part.region().get();
                if (region.has(0, 8) && region.read(0, 8).getLong(0) == VERITY) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The partitions, or the whole disk where it has none. */
    private static List<Part> partitions(Region disk) throws IOException {
        Part whole = Part.of("", disk, "");
        if (Types.member(disk)) {
            return List.of(left(whole, "It is a member of a RAID."));
        }
        Optional<List<Part>> gpt = GptTable.read(disk);
        if (GptTable.signed(disk) && (gpt.isEmpty() || !MbrTable.protects(disk))) {
            return List.of(left(whole, "Its partition tables are damaged or contradict each other."));
        }
        Optional<List<Part>> table = gpt.isPresent() ? gpt : MbrTable.read(disk);
        if (table.isEmpty()) {
            return List.of(whole);
        }
        Optional<Found> other = gpt.isPresent() ? Optional.empty() : Types.look(disk);
        return other.isEmpty()
                ? table.get()
                : List.of(left(
                        whole,
                        "It looks like partitions and like " + other.get().type() + "."));
    }

    private static Part left(Part part, String reason) {
        return Part.left(part.name(), part.offset(), part.length(), part.label(), reason);
    }

    /** By place; partitions that overlap are left whole. */
    private static List<Part> apart(List<Part> parts) {
        List<Part> sorted = new ArrayList<>(parts);
        sorted.sort(java.util.Comparator.comparingLong(Part::offset).thenComparing(Part::length));
        boolean[] overlaps = new boolean[sorted.size()];
        for (int last = 0, next = 1; next < sorted.size(); next++) {
            Part before = sorted.get(last);
            if (sorted.get(next).offset() < before.offset() + before.length()) {
                overlaps[last] = true;
                overlaps[next] = true;
            }
            last = sorted.get(next).offset() + sorted.get(next).length() > before.offset() + before.length()
                    ? next
                    : last;
        }
        for (int index = 0; index < sorted.size(); index++) {
            if (overlaps[index]) {
                sorted.set(index, left(sorted.get(index), "The partition overlaps another."));
            }
        }
        return sorted;
    }

    private static void divide(Part part, Region region, KnownSpace space) throws IOException {
        Optional<List<Part>> volumes;
        try {
            volumes = LvmGroup.read(region);
        } catch (DiskException e) {
            if (e.code() != ErrorCode.CORRUPT) {
                throw e;
            }
            space.leave(part, "LVM2", "It is damaged: " + e.getMessage() + ".");
            return;
        } catch (ArithmeticException e) {
            space.leave(part, "LVM2", "It is damaged: a segment is longer than any disk.");
            return;
        }
        if (volumes.isEmpty()) {
            space.add(part, region, Types.look(region));
            return;
        }
        Optional<Found> other = Types.look(region);
        if (other.isPresent() && !other.get().type().equals("LVM2")) {
            space.leave(
                    part, UNKNOWN, "It looks like LVM2 and like " + other.get().type() + ".");
            return;
        }
        space.leave(part, "LVM2", "Its space outside of volumes is left.");
        if (overlapping(volumes.get())) {
            volumes.get().forEach(volume -> space.leave(volume, UNKNOWN, "Volumes of the group overlap."));
            return;
        }
        for (Part volume : volumes.get()) {
            if (volume.region().isPresent()) {
                space.add(
                        volume,
                        volume.region().get(),
                        Types.look(volume.region().get()));
            } else {
                space.leave(volume, UNKNOWN, volume.reason());
            }
        }
    }

    private static boolean overlapping(List<Part> volumes) {
        List<Region.Piece> pieces = new ArrayList<>();
        volumes.forEach(volume -> volume.region().ifPresent(region -> pieces.addAll(region.pieces())));
        pieces.sort(java.util.Comparator.comparingLong(Region.Piece::offset));
        for (int next = 1; next < pieces.size(); next++) {
            if (pieces.get(next).offset()
                    < pieces.get(next - 1).offset() + pieces.get(next - 1).length()) {
                return true;
            }
        }
        return false;
    }
}
