// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.platter.backend.vdi.VdiPreHeader.padded;
import static org.platter.format.ParentLink.NIL;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ParentLink;

/**
 * Header of a VDI file, from position 0, both generations. Little-endian. Source: docs/formats/vdi.md, section 3. The
 * places are those of version 1.1; version 0.2 has no {@code headerBytes}, {@code mapPosition}, {@code dataPosition},
 * {@code unused}, {@code extra}, {@code parentModification} and {@code logical}, and the rest moves up.
 */
record VdiHeader(
        VdiPreHeader pre, // 0x000 72 bytes
        long headerBytes, // 0x048 u32, counted from here
        int type, // 0x04C u32
        int flags, // 0x050 u32
        String comment, // 0x054 256 bytes, UTF-8 up to the first NUL; kept one character a byte
        long mapPosition, // 0x154 u32
        long dataPosition, // 0x158 u32
        VdiGeometry legacy, // 0x15C 16 bytes
        int unused, // 0x16C u32
        VdiSizes sizes, // 0x170 28 bytes
        VdiIds ids, // 0x188 64 bytes
        VdiGeometry logical) { // 0x1C8 16 bytes, if headerBytes is 0x190 or more

    /** Where a known header ends at the most. */
    static final int BYTES = 0x1D8;

    static final int COMMENT = 256;
    static final int NORMAL = 1;
    static final int FIXED = 2;
    static final int DIFF = 4;
    static final int ZERO_EXPAND = 1;

    /** Largest block and largest extra part of a block, bytes. */
    static final long MOST_BLOCK = 256L << 20;

    /** Where headers start to count, and the sizes of the known ones. */
    static final int START = VdiPreHeader.BYTES;

    static final long SHORT = 0x180;
    static final long WITH_LOGICAL = 0x190;

    private static final int MAP_OF_0_2 = 0x1A4;

    /** A header of the first bytes of a file, as many as there are up to {@link #BYTES}; missing ones count as zero. */
    static VdiHeader decode(ByteBuffer start) {
        ByteBuffer in = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        in.put(start.slice(start.position(), Math.min(BYTES, start.remaining())))
                .rewind();
        VdiPreHeader pre = VdiPreHeader.decode(in);
        return pre.version() == VdiPreHeader.V0_2 ? decode02(pre, in) : decode11(pre, in);
    }

    private static VdiHeader decode11(VdiPreHeader pre, ByteBuffer in) {
        long headerBytes = VdiSizes.u32(in);
        return new VdiHeader(
                pre,
                headerBytes,
                in.getInt(),
                in.getInt(),
                VdiPreHeader.takeText(in, COMMENT),
                VdiSizes.u32(in),
                VdiSizes.u32(in),
                VdiGeometry.decode(in),
                in.getInt(),
                VdiSizes.decode(in),
                VdiIds.decode(in),
                headerBytes >= WITH_LOGICAL ? VdiGeometry.decode(in) : VdiGeometry.UNSET);
    }

    private static VdiHeader decode02(VdiPreHeader pre, ByteBuffer in) {
        int type = in.getInt();
        int flags = in.getInt();
        String comment = VdiPreHeader.takeText(in, COMMENT);
        VdiGeometry legacy = VdiGeometry.decode(in);
        VdiSizes sizes = VdiSizes.decode02(in);
        VdiIds ids = VdiIds.decode02(in);
        long dataPosition = MAP_OF_0_2 + Integer.BYTES * sizes.blocks();
        return new VdiHeader(
                pre,
                MAP_OF_0_2 - START,
                type,
                flags,
                comment,
                MAP_OF_0_2,
                dataPosition,
                legacy,
                0,
                sizes,
                ids,
                VdiGeometry.UNSET);
    }

    /** The bytes of the file from position 0 to the end of what is known of this header. */
    ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        pre.encode(out);
        if (old()) {
            encode02(out);
        } else {
            encode11(out);
        }
        return out.flip();
    }

    private void encode11(ByteBuffer out) {
        out.putInt((int) headerBytes).putInt(type).putInt(flags);
        VdiPreHeader.putText(out, comment);
        out.putInt((int) mapPosition).putInt((int) dataPosition);
        legacy.encode(out);
        out.putInt(unused);
        sizes.encode(out);
        ids.encode(out);
        if (headerBytes >= WITH_LOGICAL) {
            logical.encode(out);
        }
    }

    private void encode02(ByteBuffer out) {
        out.putInt(type).putInt(flags);
        VdiPreHeader.putText(out, comment);
        legacy.encode(out);
        sizes.encode02(out);
        ids.encode02(out);
    }

    /** Refuses a header that nobody could read by, or that breaks a rule. */
    VdiHeader validated() throws DiskException {
        readable();
        for (String slip : slips()) {
            throw new DiskException(ErrorCode.BAD_HEADER, slip);
        }
        return this;
    }

    /** Refuses a header that nobody could read by. */
    VdiHeader readable() throws DiskException {
        pre.validated();
        require(headerBytes >= SHORT || old(), "header size", headerBytes, "is less than " + SHORT);
        require(mapPosition >= 0x1C8 || old(), "map position", mapPosition, "lies in the header, before 456");
        require(
                START + headerBytes <= mapPosition,
                "header size",
                headerBytes,
                "reaches into the map at " + mapPosition);
        require(sizes.disk() > 0, "disk size", sizes.disk(), "is not from 1 to 2^63-1");
        require(sizes.blocks() > 0, "block count", sizes.blocks(), "is zero");
        require(mapEnd() <= dataPosition, "data position", dataPosition, "lies in the map, which ends at " + mapEnd());
        require(
                Long.bitCount(sizes.block()) == 1 && sizes.block() > 1 && sizes.block() <= MOST_BLOCK,
                "block size",
                sizes.block(),
                "is not a power of two from 2 to " + MOST_BLOCK);
        require(
                Long.bitCount(sizes.extra()) <= 1 && sizes.extra() <= MOST_BLOCK,
                "extra bytes",
                sizes.extra(),
                "are neither 0 nor a power of two up to " + MOST_BLOCK);
        require(
                sizes.blocks() * sizes.block() >= sizes.disk(),
                "block count",
                sizes.blocks(),
                "times block size " + sizes.block() + " is less than the disk size " + sizes.disk());
        return this;
    }

    private static void require(boolean holds, String field, long value, String fault) throws DiskException {
        if (!holds) {
            throw new DiskException(ErrorCode.BAD_HEADER, "VDI header: " + field + " " + value + " " + fault);
        }
    }

    /** Faults that do not keep a reader from the data, and that {@link #mended} mends. */
    List<String> slips() {
        List<String> slips = new ArrayList<>();
        note(slips, type < NORMAL || type > DIFF, "image type " + Integer.toUnsignedString(type) + " is not 1 to 4");
        note(slips, (flags & ~ZERO_EXPAND) != 0, String.format("image flags %08X have unknown bits", flags));
        note(
                slips,
                sizes.allocated() > sizes.blocks() && !pre.resizing(),
                "allocated blocks " + sizes.allocated() + " are more than the block count " + sizes.blocks());
        note(slips, ids.image().equals(NIL), "image UUID is nil");
        note(slips, ids.modification().equals(NIL), "modification UUID is nil");
        note(
                slips,
                headerBytes >= WITH_LOGICAL && !old() && logical.sectorSize() != 512,
                "sector size " + Integer.toUnsignedString(logical.sectorSize()) + " of the geometry is not 512");
        return slips;
    }

    private static void note(List<String> slips, boolean holds, String slip) {
        if (holds) {
            slips.add("VDI header: " + slip);
        }
    }

    /** The header without its slips; UUIDs that are nil become random ones. */
    VdiHeader mended() {
        int fair = type >= NORMAL && type <= DIFF ? type : ids.parent().equals(NIL) ? NORMAL : DIFF;
        VdiGeometry plain = new VdiGeometry(logical.cylinders(), logical.heads(), logical.sectors(), 512);
        return new VdiHeader(
                pre,
                headerBytes,
                fair,
                flags & ZERO_EXPAND,
                comment,
                mapPosition,
                dataPosition,
                legacy,
                unused,
                sizes.withCounts(
                        sizes.blocks(),
                        pre.resizing() ? sizes.allocated() : Math.min(sizes.allocated(), sizes.blocks())),
                ids.mended(),
                plain);
    }

    /** True for version 0.2. */
    boolean old() {
        return pre.version() == VdiPreHeader.V0_2;
    }

    boolean fixed() {
        return type == FIXED;
    }

    boolean differencing() {
        return type == DIFF || !ids.parent().equals(NIL);
    }

    /** The comment as text. */
    String commentText() {
        int end = comment.indexOf('\0');
        byte[] bytes = (end < 0 ? comment : comment.substring(0, end)).getBytes(StandardCharsets.ISO_8859_1);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Where the map ends, by its header. */
    long mapEnd() {
        return mapPosition + Integer.BYTES * sizes.blocks();
    }

    /** How many entries the room in front of the data has, and so how many physical blocks there can be. */
    long mapCapacity() {
        return Math.max(sizes.blocks(), (dataPosition - mapPosition) / Integer.BYTES);
    }

    /** Where so many physical blocks end in the file. */
    long end(long physical) {
        return dataPosition + physical * sizes.stride();
    }

    /** The text as a comment is stored. */
    static String stored(String text) throws DiskException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= COMMENT) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE, "VDI comment: " + bytes.length + " bytes, the most is " + (COMMENT - 1));
        }
        if (text.indexOf('\0') >= 0) {
            throw new DiskException(ErrorCode.BAD_VALUE, "VDI comment: character 0 at " + text.indexOf('\0'));
        }
        return padded(new String(bytes, StandardCharsets.ISO_8859_1), COMMENT);
    }

    VdiHeader withSizes(VdiSizes changed) {
        return withLayout(mapPosition, dataPosition, changed);
    }

    VdiHeader withCounts(long blocks, long allocated) {
        return withSizes(sizes.withCounts(blocks, allocated));
    }

    VdiHeader withLayout(long map, long data, VdiSizes changed) {
        return new VdiHeader(pre, headerBytes, type, flags, comment, map, data, legacy, unused, changed, ids, logical);
    }

    /** The header with another comment, if it fits and the version has comments that may change. */
    VdiHeader withComment(String text) throws DiskException {
        String stored = stored(text);
        if (old() && !stored.equals(comment)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VDI: comments of version 0.2 cannot be changed");
        }
        return new VdiHeader(
                pre, headerBytes, type, flags, stored, mapPosition, dataPosition, legacy, unused, sizes, ids, logical);
    }

    /** The header of an image on that parent, or of a base image. */
    VdiHeader withLink(ParentLink link) throws DiskException {
        if (link.equals(ParentLink.NONE)) {
            return withIdentity(fixed() ? FIXED : NORMAL, ids.withLink(link));
        }
        if (fixed()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VDI: a fixed image cannot have a parent");
        }
        VdiIds linked = ids.withLink(link);
        return withIdentity(DIFF, old() ? linked.withoutParentModification() : linked);
    }

    VdiHeader withIdentity(int newType, VdiIds changed) {
        return new VdiHeader(
                pre,
                headerBytes,
                newType,
                flags,
                comment,
                mapPosition,
                dataPosition,
                legacy,
                unused,
                sizes,
                changed,
                logical);
    }

    VdiHeader withPre(VdiPreHeader other) {
        return new VdiHeader(
                other,
                headerBytes,
                type,
                flags,
                comment,
                mapPosition,
                dataPosition,
                legacy,
                unused,
                sizes,
                ids,
                logical);
    }

    /** The header with a place for the logical geometry, and this in it. */
    VdiHeader withLogical(VdiGeometry geometry) {
        return new VdiHeader(
                pre,
                Math.max(headerBytes, WITH_LOGICAL),
                type,
                flags,
                comment,
                mapPosition,
                dataPosition,
                legacy,
                unused,
                sizes,
                ids,
                geometry);
    }

    /** True if the header has, or can get without touching what it does not know, a place for the logical geometry. */
    boolean canStoreLogical() {
        return !old() && (headerBytes >= WITH_LOGICAL || headerBytes == SHORT && mapPosition >= START + WITH_LOGICAL);
    }
}
