// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.platter.filesystems.layout.Region;

/** ext2, ext3 and ext4. Source: docs/formats/filesystems.md, section 3. */
final class Ext {
    private static final int SUPER = 1024;
    private static final int MAGIC = 0xEF53;
    private static final int CLEAN = 1;
    private static final int HAS_JOURNAL = 0x4;
    private static final int SPARSE_SUPER2 = 0x200;
    private static final int RECOVER = 0x4;
    private static final int JOURNAL_DEVICE = 0x8;
    private static final int META_BG = 0x10;
    private static final int WIDE = 0x80;
    private static final int MMP = 0x100;
    private static final int EXT4_ONLY = 0x40 | WIDE | 0x200;
    // file types, extents, 64 bits, flexible groups, large attributes, seeds, large folders, inline data, encryption,
    // case
    private static final int KNOWN = 0x2 | META_BG | 0x40 | WIDE | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x30000;
    private static final int SPARSE_SUPER = 0x1;
    private static final int GROUP_CHECKSUMS = 0x10;
    private static final int BIG_CLUSTERS = 0x200;
    private static final int CHECKSUMS = 0x400;
    private static final int KNOWN_RO = 0x7F | 0x100 | BIG_CLUSTERS | CHECKSUMS | 0x2000 | 0x8000;
    private static final int UNINITIALISED = 2;
    private static final long MOST_GROUPS = 1L << 22;
    private static final long LOWER = 0xFFFF_FFFFL;

    private final Region volume;
    private final ByteBuffer sb;
    private final long block;
    private final long blocks;
    private final long first;
    private final long perGroup; // blocks
    private final long ratio; // blocks of a cluster
    private final int descriptor;
    private final boolean mayBeUninitialised;
    private ByteBuffer descriptors = ByteBuffer.allocate(0); // the block of descriptors read last
    private long descriptorsAt = -1;

    private Ext(Region volume, ByteBuffer sb) throws IOException {
        this.volume = volume;
        this.sb = sb;
        int shift = sb.getInt(0x18);
        Found.require(shift >= 0 && shift <= 6, "block size 1024 << " + Integer.toUnsignedString(shift));
        block = 1024L << shift;
        boolean wide = (incompatible() & WIDE) != 0;
        blocks = unsigned(0x4) | (wide ? unsigned(0x150) << 32 : 0);
        first = unsigned(0x14);
        perGroup = unsigned(0x20);
        descriptor = wide ? sb.getShort(0xFE) & 0xFFFF : 32;
        ratio = (readOnly() & BIG_CLUSTERS) == 0 ? 1 : 1L << (sb.getInt(0x1C) - shift);
        mayBeUninitialised = (readOnly() & (GROUP_CHECKSUMS | CHECKSUMS)) != 0;
        int clusterShift = sb.getInt(0x1C) - shift;
        Found.require(ratio == 1 || clusterShift >= 0 && clusterShift <= 20, "cluster size 1024 << " + sb.getInt(0x1C));
        Found.require(
                perGroup >= 256 && perGroup % (8 * ratio) == 0 && perGroup / ratio <= 8 * block,
                perGroup + " blocks of a group");
        Found.require(descriptor >= 32 && descriptor <= block && Integer.bitCount(descriptor) == 1, "descriptor size");
        Found.require(
                blocks > first && first <= 1 && blocks <= volume.size() / block,
                blocks + " blocks of " + block + " in a volume of " + volume.size());
        Found.require(groups() <= MOST_GROUPS, groups() + " groups");
    }

    static Optional<Found> look(Region volume) throws IOException {
        if (!volume.has(SUPER, 1024)) {
            return Optional.empty();
        }
        ByteBuffer sb = volume.read(SUPER, 1024);
        if ((sb.getShort(0x38) & 0xFFFF) != MAGIC) {
            return Optional.empty();
        }
        byte[] name = new byte[16];
        sb.get(0x78, name);
        boolean journal = (sb.getInt(0x5C) & HAS_JOURNAL) != 0;
        String type = (sb.getInt(0x60) & EXT4_ONLY) != 0 ? "ext4" : journal ? "ext3" : "ext2";
        Found found = Found.left(type, Found.text(name, StandardCharsets.UTF_8), doubt(sb));
        if (!found.reason().isEmpty()) {
            return Optional.of(found);
        }
        Ext ext = new Ext(volume, sb);
        long free =
                (ext.unsigned(0xC) | ((ext.incompatible() & WIDE) != 0 ? ext.unsigned(0x158) << 32 : 0)) * ext.block;
        return Optional.of(Found.of(type, found.label(), free, ext::unused));
    }

    private static String doubt(ByteBuffer sb) {
        int incompatible = sb.getInt(0x60);
        int readOnly = sb.getInt(0x64);
        if ((incompatible & RECOVER) != 0) {
            return "The journal has not been replayed.";
        } else if ((incompatible & JOURNAL_DEVICE) != 0) {
            return "It is the journal of another file system.";
        } else if ((incompatible & MMP) != 0) {
            return "It may be in use by several hosts.";
        } else if ((incompatible & ~KNOWN) != 0) {
            return "Incompatible features " + Integer.toHexString(incompatible & ~KNOWN) + " are not known.";
        } else if ((readOnly & ~KNOWN_RO) != 0) {
            return "Features " + Integer.toHexString(readOnly & ~KNOWN_RO) + " for writers are not known.";
        } else if (sb.getShort(0x3A) != CLEAN || sb.getInt(0xE8) != 0) {
            return "It was not unmounted, or has errors.";
        }
        return (readOnly & CHECKSUMS) != 0 && !checksum(sb) ? "The checksum of its superblock is wrong." : "";
    }

    private static boolean checksum(ByteBuffer sb) {
        CRC32C crc = new CRC32C();
        crc.update(sb.slice(0, 0x3FC));
        return ~(int) crc.getValue() == sb.getInt(0x3FC);
    }

    private int incompatible() {
        return sb.getInt(0x60);
    }

    private int readOnly() {
        return sb.getInt(0x64);
    }

    private long unsigned(int at) {
        return sb.getInt(at) & LOWER;
    }

    private long groups() {
        return (blocks - first + perGroup - 1) / perGroup;
    }

    private UnitCursor unused(long from, long to) {
        long clusters = (blocks - first) / ratio; // a cluster that the end cuts is left alone
        var grid = new UnitCursor.Grid(first * block, block * ratio, clusters, (int) (perGroup / ratio));
        return new UnitCursor(grid, this::free, from, to);
    }

    private BitSet free(long group) throws IOException {
        ByteBuffer entry = entry(group);
        long start = first + group * perGroup;
        int count = (int) ((Math.min(perGroup, blocks - start) + ratio - 1) / ratio);
        boolean fresh = mayBeUninitialised && (entry.getShort(0x12) & UNINITIALISED) != 0;
        BitSet free = fresh ? untouched(group, entry, count) : bitmap(entry, count);
        long noted = entry.getShort(0xC) & 0xFFFF | (descriptor >= 64 ? (entry.getShort(0x2C) & 0xFFFF) << 16 : 0);
        Found.require(
                free.cardinality() == noted,
                "group " + group + " notes " + noted + " free clusters, its bitmap has " + free.cardinality());
        return free;
    }

    private BitSet bitmap(ByteBuffer entry, int count) throws IOException {
        return UnitCursor.zeroBits(volume.read(place(entry, 0, 0x20) * block, (count + 7) / 8), count);
    }

    /** A group whose bitmap was never written: all is free but the copies of metadata, and its own if they are here. */
    private BitSet untouched(long group, ByteBuffer entry, int count) {
        BitSet free = new BitSet();
        free.set(0, count);
        long start = first + group * perGroup;
        take(free, start, start, copies(group));
        take(free, start, place(entry, 0, 0x20), 1);
        take(free, start, place(entry, 4, 0x24), 1);
        long inodes = unsigned(0x28) * Math.max(128, sb.getShort(0x58) & 0xFFFF);
        take(free, start, place(entry, 8, 0x28), (inodes + block - 1) / block);
        return free;
    }

    private void take(BitSet free, long start, long from, long count) {
        long low = Math.max(from, start);
        long high = Math.min(from + count, start + perGroup);
        if (low < high) {
            free.clear((int) ((low - start) / ratio), (int) ((high - start + ratio - 1) / ratio));
        }
    }

    /** Blocks of superblock and descriptors at the beginning of a group. */
    private long copies(long group) {
        long perBlock = block / descriptor;
        long metaGroup = group / perBlock;
        long own = hasSuper(group) ? 1 : 0;
        if ((incompatible() & META_BG) != 0 && metaGroup >= unsigned(0x104)) {
            long in = group % perBlock;
            return own + (in == 0 || in == 1 || in == perBlock - 1 ? 1 : 0);
        }
        long all = (incompatible() & META_BG) != 0 ? unsigned(0x104) : (groups() + perBlock - 1) / perBlock;
        return own == 0 ? 0 : 1 + all + (sb.getShort(0xCE) & 0xFFFF);
    }

    private boolean hasSuper(long group) {
        if (group == 0) {
            return true;
        } else if ((sb.getInt(0x5C) & SPARSE_SUPER2) != 0) {
            return group == unsigned(0x24C) || group == unsigned(0x250);
        }
        return (readOnly() & SPARSE_SUPER) == 0 || group == 1 || power(group, 3) || power(group, 5) || power(group, 7);
    }

    private static boolean power(long value, long base) {
        long power = base;
        while (power < value) {
            power *= base;
        }
        return power == value;
    }

    private long place(ByteBuffer entry, int low, int high) {
        return entry.getInt(low) & LOWER | (descriptor >= 64 ? (entry.getInt(high) & LOWER) << 32 : 0);
    }

    private ByteBuffer entry(long group) throws IOException {
        long perBlock = block / descriptor;
        long number = group / perBlock;
        long at = first + 1 + number;
        if ((incompatible() & META_BG) != 0 && number >= unsigned(0x104)) {
            long leader = number * perBlock;
            at = first + leader * perGroup + (hasSuper(leader) ? 1 : 0);
        }
        if (at != descriptorsAt) {
            descriptors = volume.read(at * block, (int) block);
            descriptorsAt = at;
        }
        return descriptors
                .slice((int) (group % perBlock) * descriptor, descriptor)
                .order(descriptors.order());
    }
}
