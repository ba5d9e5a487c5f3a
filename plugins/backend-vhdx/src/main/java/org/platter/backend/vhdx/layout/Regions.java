// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * The region table. Source: docs/formats/vhdx.md, section 3.
 *
 * @param table the 64 KiB of the table in use
 * @param bat where the block allocation table is
 * @param metadata where the metadata region is
 * @param others regions that are kept and not understood
 * @param slip what is wrong with one of the copies, or empty
 */
public record Regions(ByteBuffer table, Extent bat, Extent metadata, List<Extent> others, String slip) {
    /** Places of both tables. */
    public static final long[] PLACES = {192 << 10, 256 << 10};

    private static final int BYTES = 64 << 10;
    private static final int SIGNATURE = 0x6967_6572;
    private static final int MOST = 2047;
    private static final UUID BAT = UUID.fromString("2DC27766-F623-4200-9D64-115E9BFD4A08");
    private static final UUID METADATA = UUID.fromString("8B7CA206-4790-4B9A-B8FE-575F050F886E");

    /** Reads the first table with a right checksum. */
    public static Regions read(Storage storage, Header header) throws IOException {
        ByteBuffer first = Bytes.read(storage, PLACES[0], BYTES, "region table 1");
        ByteBuffer second = Bytes.read(storage, PLACES[1], BYTES, "region table 2");
        if (!whole(first) && !whole(second)) {
            throw Bytes.bad("region tables: neither at 0x30000 nor at 0x40000 is one with a right checksum");
        }
        ByteBuffer table = whole(first) ? first : second;
        String slip = first.equals(second) ? "" : "VHDX region tables: the copies differ";
        return decode(table, slip).validated(header, storage.size());
    }

    private static boolean whole(ByteBuffer table) {
        return table.getInt(0) == SIGNATURE && table.getInt(4) == Bytes.sum(table, 4);
    }

    private static Regions decode(ByteBuffer table, String slip) throws DiskException {
        int count = table.getInt(8);
        if (count < 0 || count > MOST) {
            throw Bytes.bad("region table: entry count " + Integer.toUnsignedString(count) + " is above " + MOST);
        }
        Extent bat = null;
        Extent metadata = null;
        List<Extent> others = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer entry = table.slice(16 + 32 * i, 32).order(table.order());
            UUID id = Bytes.guid(entry);
            long position = entry.getLong();
            long length = Integer.toUnsignedLong(entry.getInt());
            boolean required = (entry.getInt() & 1) != 0;
            Extent extent = extent(id, position, length);
            if (id.equals(BAT) && bat == null) {
                bat = extent;
            } else if (id.equals(METADATA) && metadata == null) {
                metadata = extent;
            } else if (id.equals(BAT) || id.equals(METADATA)) {
                throw Bytes.bad("region table: region " + id + " is there twice");
            } else if (required) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX region table: unknown required region " + id);
            } else {
                others.add(extent);
            }
        }
        if (bat == null || metadata == null) {
            throw Bytes.bad("region table: there is no " + (bat == null ? "block table" : "metadata region"));
        }
        return new Regions(table, bat, metadata, List.copyOf(others), slip);
    }

    private static Extent extent(UUID id, long position, long length) throws DiskException {
        boolean aligned = position % Bytes.MIB == 0 && length % Bytes.MIB == 0;
        if (!aligned || position < Bytes.MIB || length == 0 || position > Long.MAX_VALUE - length) {
            throw Bytes.bad("region table: region " + id + " of " + length + " bytes at "
                    + Long.toUnsignedString(position) + " is not at whole MiB behind the first");
        }
        return new Extent("region " + id, position, position + length);
    }

    private Regions validated(Header header, long fileSize) throws DiskException {
        List<Extent> all = all(header);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).to() > fileSize) {
                throw Bytes.bad("region table: " + all.get(i) + " ends behind the file of " + fileSize + " bytes");
            }
            for (int j = 0; j < i; j++) {
                if (all.get(i).overlaps(all.get(j).from(), all.get(j).to())) {
                    throw Bytes.bad("region table: " + all.get(i) + " overlaps " + all.get(j));
                }
            }
        }
        return this;
    }

    /** Where no block may be: the first MiB, the log and all regions. */
    public List<Extent> all(Header header) {
        List<Extent> all = new ArrayList<>(List.of(new Extent("headers", 0, Bytes.MIB), header.log(), bat, metadata));
        all.addAll(others);
        return all;
    }

    /** The 64 KiB of a table with these two regions. */
    public static ByteBuffer encode(Extent bat, Extent metadata) {
        ByteBuffer table = Bytes.buffer(BYTES);
        table.putInt(SIGNATURE).putInt(0).putInt(2).putInt(0);
        put(table, BAT, bat);
        put(table, METADATA, metadata);
        table.clear();
        return table.putInt(4, Bytes.sum(table, 4));
    }

    private static void put(ByteBuffer table, UUID id, Extent extent) {
        Bytes.guid(table, id);
        table.putLong(extent.from()).putInt((int) (extent.to() - extent.from())).putInt(1);
    }

    /** The bytes of the table with the block table elsewhere. */
    public ByteBuffer withBat(Extent place) {
        ByteBuffer table =
                Bytes.buffer(BYTES).put(this.table.duplicate().clear()).clear();
        for (int at = 16; at < BYTES - 31; at += 32) {
            if (Bytes.guid(table.slice(at, 16).order(table.order())).equals(BAT)) {
                table.putLong(at + 16, place.from()).putInt(at + 24, (int) (place.to() - place.from()));
                break;
            }
        }
        return table.putInt(4, Bytes.sum(table, 4));
    }
}
