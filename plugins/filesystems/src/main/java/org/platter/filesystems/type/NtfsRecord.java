// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.platter.filesystems.layout.Region;
import org.platter.filesystems.layout.Runs;

/** A record of the master file table, its sectors mended. Source: docs/formats/filesystems.md, section 6. */
final class NtfsRecord {
    static final int LIST = 0x20;
    static final int NAME = 0x60;
    static final int VOLUME = 0x70;
    static final int DATA = 0x80;
    static final int INDEX_ROOT = 0x90;
    static final int INDEX = 0xA0;

    private static final int SECTOR = 512;
    private static final int FILE = 0x454C_4946;
    private static final int END = 0xFFFF_FFFF;
    private static final int IN_USE = 1;

    private final ByteBuffer bytes;

    private NtfsRecord(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    static NtfsRecord of(ByteBuffer raw) throws IOException {
        NtfsRecord record = new NtfsRecord(mended(raw, FILE));
        Found.require((raw.getShort(22) & IN_USE) != 0, "a record of the file table is not in use");
        return record;
    }

    /** Puts back the last two bytes of each sector, which are kept apart so that half writes are seen. */
    static ByteBuffer mended(ByteBuffer raw, int magic) throws IOException {
        int at = raw.getShort(4) & 0xFFFF;
        int count = raw.getShort(6) & 0xFFFF;
        Found.require(
                raw.getInt(0) == magic && count == raw.limit() / SECTOR + 1 && at >= 40 && at + 2 * count <= SECTOR - 2,
                "signature " + Integer.toHexString(raw.getInt(0)) + " with " + count + " marks of sectors");
        for (int sector = 1; sector < count; sector++) {
            int place = sector * SECTOR - 2;
            Found.require(
                    raw.getShort(place) == raw.getShort(at), "sector " + sector + " was not written with the rest");
            raw.putShort(place, raw.getShort(at + 2 * sector));
        }
        return raw;
    }

    /** The first attribute of a type, unnamed or with this name. */
    Optional<ByteBuffer> attribute(int type, String name) throws IOException {
        int at = bytes.getShort(20) & 0xFFFF;
        while (at <= bytes.limit() - 8 && bytes.getInt(at) != END) {
            int length = bytes.getInt(at + 4);
            Found.require(
                    length >= 24 && length <= bytes.limit() - at, "an attribute of " + length + " bytes at " + at);
            ByteBuffer attribute = bytes.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
            if (attribute.getInt(0) == type && name(attribute).equals(name)) {
                return Optional.of(attribute);
            }
            at += length;
        }
        return Optional.empty();
    }

    private static String name(ByteBuffer attribute) throws IOException {
        int length = 2 * (attribute.get(9) & 0xFF);
        int at = attribute.getShort(10) & 0xFFFF;
        Found.require(at + length <= attribute.limit(), "the name of an attribute at " + at);
        byte[] text = new byte[length];
        attribute.get(at, text);
        return new String(text, java.nio.charset.StandardCharsets.UTF_16LE);
    }

    /** True if the value of an attribute is in runs of the volume. */
    static boolean nonResident(ByteBuffer attribute) {
        return attribute.get(8) != 0;
    }

    /** The value of an attribute that is in the record. */
    static ByteBuffer value(ByteBuffer attribute) throws IOException {
        int length = attribute.getInt(16);
        int at = attribute.getShort(20) & 0xFFFF;
        Found.require(
                !nonResident(attribute) && length >= 0 && length <= attribute.limit() - at,
                "a value of " + length + " bytes at " + at);
        return attribute.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the value of an attribute is. */
    static Runs runs(ByteBuffer attribute, Region volume, long cluster) throws IOException {
        Found.require(
                nonResident(attribute) && attribute.limit() >= 64 && attribute.getLong(16) == 0,
                "a file is not in runs, or not from its beginning");
        Runs runs = new Runs(volume);
        long place = 0;
        int at = attribute.getShort(32) & 0xFFFF;
        while (at < attribute.limit() && attribute.get(at) != 0) {
            int lengths = attribute.get(at) & 0xF;
            int places = attribute.get(at) >> 4 & 0xF;
            Found.require(
                    lengths > 0
                            && lengths <= 8
                            && places > 0
                            && places <= 8
                            && at + lengths + places < attribute.limit(),
                    "a run is sparse or cut");
            long count = number(attribute, at + 1, lengths);
            place += number(attribute, at + 1 + lengths, places);
            Found.require(
                    count > 0 && place >= 0 && count <= volume.size() / cluster && place <= volume.size() / cluster,
                    "a run of " + count + " clusters at " + place);
            runs.add(place * cluster, count * cluster);
            at += 1 + lengths + places;
        }
        Found.require(attribute.getLong(48) >= 0 && attribute.getLong(48) <= runs.size(), "runs are missing");
        return runs;
    }

    private static long number(ByteBuffer bytes, int at, int length) {
        long value = bytes.get(at + length - 1); // signed
        for (int index = length - 2; index >= 0; index--) {
            value = value << 8 | bytes.get(at + index) & 0xFF;
        }
        return value;
    }
}
