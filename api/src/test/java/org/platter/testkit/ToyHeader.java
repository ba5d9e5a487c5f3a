// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;

/** The first sector of a toy image: what {@link ImageInfo} says, and where the data begins. Big-endian. */
record ToyHeader(ImageInfo info, long dataPosition) {
    static final int BYTES = 512;
    static final long MAGIC = 0x544F_5944_4953_4B31L; // TOYDISK1
    static final int BLOCK = 1 << 16;
    private static final int TEXT = 120;

    static ToyHeader read(Storage storage, Set<ToyBug> bugs) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(BYTES);
        if (storage.size() < BYTES) {
            throw bad("file of " + storage.size() + " bytes has none");
        }
        storage.read(sector, 0);
        return decode(sector.flip(), bugs.contains(ToyBug.BELIEVES_SIZE) ? Long.MAX_VALUE : storage.size());
    }

    private static ToyHeader decode(ByteBuffer in, long fileSize) throws DiskException {
        if (in.getLong(0) != MAGIC || in.getInt(BYTES - 4) != crc(in)) {
            throw bad("magic or checksum is wrong");
        }
        in.position(8);
        long size = in.getLong();
        long dataPosition = in.getLong();
        if (size <= 0 || dataPosition < BYTES || dataPosition > fileSize || blocks(size) > (dataPosition - BYTES) / 4) {
            throw bad("size " + size + " does not fit a table before " + dataPosition + " in " + fileSize + " bytes");
        }
        boolean fixed = in.get() != 0;
        boolean diff = in.get() != 0;
        UUID uuid = uuid(in);
        UUID modification = uuid(in);
        ParentLink link = new ParentLink(uuid(in), uuid(in), "", List.of(text(in)));
        ImageInfo info = ImageInfo.of("1", size, BLOCK, fixed ? Set.of(ImageFlag.FIXED) : Set.of(), abilities(fixed))
                .withIdentity(uuid, modification, "")
                .withParent(diff ? Optional.of(link) : Optional.empty())
                .withComment(text(in));
        return new ToyHeader(info.withGeometry(geometry(in), geometry(in)), dataPosition);
    }

    static Set<Capability> abilities(boolean fixed) {
        return fixed ? ToyBackend.FIXED_CAPABILITIES : ToyBackend.CAPABILITIES;
    }

    ByteBuffer encode() throws DiskException {
        ByteBuffer out = ByteBuffer.allocate(BYTES).putLong(MAGIC);
        out.putLong(info.size()).putLong(dataPosition);
        out.put((byte) (info.is(ImageFlag.FIXED) ? 1 : 0))
                .put((byte) (info.parent().isPresent() ? 1 : 0));
        put(out, info.uuid());
        put(out, info.modificationUuid());
        ParentLink link = info.parent().orElse(ParentLink.NONE);
        put(out, link.uuid());
        put(out, link.modificationUuid());
        put(out, link.hints().isEmpty() ? "" : link.hints().get(0));
        put(out, info.comment());
        put(out, info.physical());
        put(out, info.logical());
        return out.putInt(BYTES - 4, crc(out)).clear();
    }

    private static int crc(ByteBuffer sector) {
        CRC32 crc = new CRC32();
        crc.update(sector.array(), 0, BYTES - 4);
        return (int) crc.getValue();
    }

    private static void put(ByteBuffer out, UUID uuid) {
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer in) {
        return new UUID(in.getLong(), in.getLong());
    }

    private static void put(ByteBuffer out, String text) throws DiskException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT) {
            throw new DiskException(ErrorCode.BAD_VALUE, "toy header: text of " + bytes.length + " bytes is too long");
        }
        out.put((byte) bytes.length).put(bytes);
    }

    private static String text(ByteBuffer in) throws DiskException {
        int length = in.get();
        if (length < 0 || length > TEXT) {
            throw bad("text of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void put(ByteBuffer out, Optional<Geometry> geometry) {
        out.putInt((int) (long) geometry.map(Geometry::cylinders).orElse(0L));
        out.put((byte) (int) geometry.map(Geometry::heads).orElse(0));
        out.put((byte) (int) geometry.map(Geometry::sectors).orElse(0));
    }

    private static Optional<Geometry> geometry(ByteBuffer in) {
        long cylinders = Integer.toUnsignedLong(in.getInt());
        int heads = Byte.toUnsignedInt(in.get());
        int sectors = Byte.toUnsignedInt(in.get());
        boolean present = cylinders != 0 && heads != 0 && sectors != 0;
        return present ? Optional.of(new Geometry(cylinders, heads, sectors)) : Optional.empty();
    }

    /** Blocks of a disk; the last may be cut by its end. */
    static long blocks(long size) {
        return (size - 1) / BLOCK + 1;
    }

    private static DiskException bad(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "toy header: " + what);
    }
}
