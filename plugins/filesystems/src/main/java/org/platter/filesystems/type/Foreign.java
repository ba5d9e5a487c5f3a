// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.platter.filesystems.layout.Region;

/** What is known by its signature only, so that it has a name. Source: docs/formats/filesystems.md, section 9. */
final class Foreign {
    private static final int RAID = 0xA92B_4EFC;
    private static final int DDF = 0x11DE_11DE;
    private static final int INTEL = 0x6574_6E49; // Inte
    private static final String PLAIN = "Its space is not known here.";
    private static final String SEALED = "It holds the checksums of another volume.";
    private static final String SECRET = "It is encrypted.";

    private record Sign(String type, String reason, long position, String hex) {}

    private static final List<Sign> SIGNS = List.of(
            new Sign("LUKS", SECRET, 0, "4C554B53BABE"),
            new Sign("BitLocker", SECRET, 3, "2D4656452D46532D"),
            new Sign("ReFS", PLAIN, 3, "52654653"),
            new Sign("btrfs", PLAIN, 0x10040, "5F42485266535F4D"),
            new Sign("HFS+", PLAIN, 1024, "482B"),
            new Sign("HFS+", PLAIN, 1024, "4858"),
            new Sign("APFS", PLAIN, 32, "4E585342"),
            new Sign("f2fs", PLAIN, 1024, "1020F5F2"),
            new Sign("JFS", PLAIN, 0x8000, "4A465331"),
            new Sign("reiserfs", PLAIN, 0x10034, "526549734572"),
            new Sign("bcachefs", PLAIN, 4120, "C68573F64E1A45CA8265F57F48BA6D81"),
            new Sign("ISO 9660", PLAIN, 0x8001, "4344303031"),
            new Sign("squashfs", PLAIN, 0, "68737173"),
            new Sign("LVM2", "It is divided by LVM in a way that is not followed.", 512, "4C4142454C4F4E45"),
            new Sign("dm-verity", SEALED, 0, "7665726974790000"),
            new Sign("dm-integrity", PLAIN, 0, "696E746567727400"),
            new Sign("RAID", "It is a member of a RAID.", 0, "FC4E2BA9"),
            new Sign("RAID", "It is a member of a RAID.", 4096, "FC4E2BA9"));

    private static final int ZFS_RING = 128 << 10;
    private static final int ZFS_SLOT = 1024;

    private Foreign() {}

    static Optional<Found> look(Region volume) throws IOException {
        if (raidAtEnd(volume)) {
            return Optional.of(Found.left("RAID", "", "It is a member of a RAID."));
        }
        for (Sign sign : SIGNS) {
            byte[] bytes = HexFormat.of().parseHex(sign.hex());
            if (volume.has(sign.position(), bytes.length)
                    && volume.read(sign.position(), bytes.length).equals(ByteBuffer.wrap(bytes))) {
                return Optional.of(Found.left(sign.type(), "", sign.reason()));
            }
        }
        if (zfs(volume)) {
            return Optional.of(Found.left("ZFS", "", PLAIN));
        }
        return Optional.empty();
    }

    /** The first of the labels holds a ring of root blocks; any that was written bears the number of the format. */
    private static boolean zfs(Region volume) throws IOException {
        if (!volume.has(0, 2 * ZFS_RING)) {
            return false;
        }
        ByteBuffer ring = volume.read(ZFS_RING, ZFS_RING);
        for (int at = 0; at < ZFS_RING; at += ZFS_SLOT) {
            long magic = ring.getLong(at);
            if (magic == 0x00BA_B10CL || magic == Long.reverseBytes(0x00BA_B10CL)) {
                return true;
            }
        }
        return false;
    }

    /** Members of some RAIDs look like what they hold, but for their end. */
    static boolean raidAtEnd(Region volume) throws IOException {
        long old = (volume.size() & -0x1_0000L) - 0x1_0000;
        long newer = ((volume.size() >> 9) - 16 & -8L) << 9;
        long last = volume.size() / 512 * 512;
        return has(volume, old, RAID)
                || has(volume, newer, RAID)
                || has(volume, last - 512, DDF)
                || has(volume, last - 1024, INTEL);
    }

    private static boolean has(Region volume, long at, int magic) throws IOException {
        return volume.has(at, 4) && volume.read(at, 4).getInt(0) == magic;
    }
}
