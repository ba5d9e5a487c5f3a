// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.filesystems.layout.LvmText.Section;

/** Volumes of LVM2 in a group of one device. Source: docs/formats/filesystems.md, section 2. */
public final class LvmGroup {
    private static final int SECTOR = 512;
    private static final int MOST_TEXT = 1 << 22;
    private static final int MOST_SEGMENTS = 1 << 12;
    private static final int AREA_HEADER = 512;
    private static final int CRC_START = 0xF597_A6CF;
    private static final int CRC_POLYNOMIAL = 0xEDB8_8320;
    private static final Set<String> PLAIN = Set.of("READ", "WRITE", "VISIBLE");

    private final Region device;
    private final List<Part> parts = new ArrayList<>();
    private int segments;

    private LvmGroup(Region device) {
        this.device = device;
    }

    /** The volumes, or nothing if this is no device of LVM. Damage is {@code CORRUPT}. */
    public static Optional<List<Part>> read(Region device) throws IOException {
        for (int sector = 0; sector < 4; sector++) {
            if (device.has((long) sector * SECTOR, SECTOR)) {
                ByteBuffer label = device.read((long) sector * SECTOR, SECTOR);
                if (text(label, 0, 8).equals("LABELONE") && text(label, 24, 8).equals("LVM2 001")) {
                    LvmGroup group = new LvmGroup(device);
                    group.follow(label);
                    return Optional.of(group.parts);
                }
            }
        }
        return Optional.empty();
    }

    private static String text(ByteBuffer bytes, int at, int length) {
        byte[] text = new byte[length];
        bytes.get(at, text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void require(boolean holds, String otherwise) throws DiskException {
        if (!holds) {
            throw new DiskException(ErrorCode.CORRUPT, "LVM: " + otherwise);
        }
    }

    private void follow(ByteBuffer label) throws IOException {
        require(crc(label.slice(20, SECTOR - 20)) == label.getInt(16), "the checksum of the label is wrong");
        int at = label.getInt(20);
        require(at >= 32 && at <= SECTOR - 32 - 8 - 64, "the device is described at " + at);
        String id = text(label, at, 32);
        at += 40;
        while (at <= SECTOR - 32 && (label.getLong(at) != 0 || label.getLong(at + 8) != 0)) {
            at += 16; // areas of data
        }
        at += 16;
        require(at <= SECTOR - 16 && label.getLong(at) != 0, "there is no description of the group on this device");
        Section all = LvmText.parse(description(label.getLong(at), label.getLong(at + 8)));
        for (Map.Entry<String, Section> entry : all.sections().entrySet()) {
            group(entry.getKey(), entry.getValue(), id);
        }
    }

    /** The text is in a ring behind a header of one sector. */
    private String description(long start, long size) throws IOException {
        require(size > AREA_HEADER && device.has(start, size), "a description in " + size + " bytes at " + start);
        ByteBuffer header = device.read(start, AREA_HEADER);
        require(
                text(header, 4, 16).equals(" LVM2 x[5A%r0N*>") && crc(header.slice(4, SECTOR - 4)) == header.getInt(0),
                "the header of the description is wrong");
        long at = header.getLong(40);
        long length = header.getLong(48);
        require(
                at >= AREA_HEADER && at < size && length > 0 && length <= Math.min(MOST_TEXT, size - AREA_HEADER),
                "a description of " + length + " bytes at " + at);
        int first = (int) Math.min(length, size - at);
        ByteBuffer text = ByteBuffer.allocate((int) length).put(device.read(start + at, first));
        text.put(device.read(start + AREA_HEADER, (int) length - first)).flip();
        require(crc(text) == header.getInt(56), "the checksum of the description is wrong");
        return new String(text.array(), StandardCharsets.UTF_8).replace("\0", "");
    }

    private static int crc(ByteBuffer bytes) {
        int crc = CRC_START;
        for (int at = 0; at < bytes.limit(); at++) {
            crc ^= bytes.get(at) & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ (crc & 1) * CRC_POLYNOMIAL;
            }
        }
        return crc;
    }

    private void group(String name, Section group, String id) throws IOException {
        long extent = group.number("extent_size");
        require(extent > 0 && extent <= 1 << 30, "extents of " + extent + " sectors");
        Section devices = group.section("physical_volumes");
        String own = "";
        for (Map.Entry<String, Section> entry : devices.sections().entrySet()) {
            if (entry.getValue().value("id").orElse("").replace("-", "").equals(id)) {
                own = entry.getKey();
            }
        }
        require(!own.isEmpty(), "the group " + name + " does not know this device");
        long start = devices.section(own).number("pe_start");
        Section volumes = group.sections().getOrDefault("logical_volumes", new Section());
        Set<String> involved = involved(volumes);
        for (Map.Entry<String, Section> entry : volumes.sections().entrySet()) {
            volume(name, entry, involved, new Place(own, start * SECTOR, extent * SECTOR));
        }
    }

    /** Where extents of a device are. */
    private record Place(String device, long start, long extent) {}

    /** Volumes that others are made of, snapshots and what they are of: whoever is named by more than plain segments. */
    private static Set<String> involved(Section volumes) {
        Set<String> names = new HashSet<>();
        for (Section volume : volumes.sections().values()) {
            for (Section segment : volume.sections().values()) {
                if (!plain(segment)) {
                    segment.values().values().forEach(names::addAll);
                }
            }
        }
        return names;
    }

    private static boolean plain(Section segment) {
        return segment.value("type").orElse("").equals("striped")
                && segment.value("stripe_count").orElse("").equals("1");
    }

    private void volume(String group, Map.Entry<String, Section> entry, Set<String> involved, Place place)
            throws IOException {
        Section volume = entry.getValue();
        List<String> status = volume.values().getOrDefault("status", List.of());
        if (!status.contains("VISIBLE")) {
            return; // a part of another
        }
        List<Region.Piece> pieces = new ArrayList<>();
        boolean followed = PLAIN.containsAll(status) && !involved.contains(entry.getKey());
        long size = 0;
        for (Section segment : volume.sections().values()) {
            require(++segments <= MOST_SEGMENTS, "more than " + MOST_SEGMENTS + " segments");
            long length = Math.multiplyExact(segment.number("extent_count"), place.extent());
            require(length > 0 && size <= Long.MAX_VALUE - length, "a segment of " + length + " bytes");
            followed &= Math.multiplyExact(segment.number("start_extent"), place.extent()) == size;
            if (followed && plain(segment)) {
                List<String> stripe = segment.values().getOrDefault("stripes", List.of());
                require(stripe.size() == 2 && stripe.get(1).matches("[0-9]{1,12}"), "stripes of " + entry.getKey());
                long at = place.start() + Math.multiplyExact(Long.parseLong(stripe.get(1)), place.extent());
                followed = stripe.get(0).equals(place.device()) && device.has(at, length);
                pieces.add(new Region.Piece(size, device.offset() + at, length));
            } else {
                followed = false;
            }
            size += length;
        }
        String name = group + "/" + entry.getKey();
        if (followed && !pieces.isEmpty()) {
            parts.add(Part.of(name, new Region(device.disk(), List.copyOf(pieces)), ""));
        } else {
            String reason = "It is not linear, has snapshots, or is not all on this device.";
            parts.add(Part.left(name, device.offset(), size, "", reason));
        }
    }
}
