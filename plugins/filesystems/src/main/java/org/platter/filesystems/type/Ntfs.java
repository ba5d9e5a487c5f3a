// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.platter.filesystems.layout.Region;
import org.platter.filesystems.layout.Runs;

/** NTFS. Source: docs/formats/filesystems.md, section 6. */
final class Ntfs {
    private static final long MAGIC = 0x2020_2020_5346_544EL; // NTFS and blanks
    private static final int CHUNK = 1 << 18; // clusters
    private static final int TABLE = 0;
    private static final int LOG = 2;
    private static final int VOLUME = 3;
    private static final int ROOT = 5;
    private static final int BITMAP = 6;
    private static final int RESTART = 0x5254_5352;
    private static final int INDEX = 0x5844_4E49;
    private static final int NO_CLIENT = 0xFFFF;
    private static final int LOG_CLEAN = 2;
    private static final int SHADOWS = 0x1E00;
    private static final long SHADOWS_LOW = 0x4E48_C176_3808_876BL;
    private static final long SHADOWS_HIGH = 0x52C7_6C6E_0404_AEB7L;
    private static final int MOST_INDEX = 1 << 26;
    private static final String HIBERNATION = "hiberfil.sys";
    private static final String FOLDER = "$I30";

    private final Region volume;
    private final long cluster;
    private final long clusters;
    private final int record;
    private final Runs table;
    private final Runs bitmap;

    private Ntfs(Region volume, ByteBuffer boot) throws IOException {
        this.volume = volume;
        int sector = boot.getShort(11) & 0xFFFF;
        int per = boot.get(13);
        Found.require(
                sector >= 512 && sector <= 4096 && Integer.bitCount(sector) == 1, "sectors of " + sector + " bytes");
        Found.require(per >= -31 && per != 0 && (per < 0 || Integer.bitCount(per) == 1) || per == -128, "clusters");
        cluster = per == -128 ? 128L * sector : per > 0 ? (long) per * sector : (long) sector << -per;
        Found.require(cluster <= 1 << 21, "clusters of " + cluster + " bytes");
        long sectors = boot.getLong(40);
        Found.require(
                sectors > 0 && sectors <= volume.size() / sector, sectors + " sectors in " + volume.size() + " bytes");
        clusters = sectors * sector / cluster;
        int code = boot.get(64);
        long bytes = code > 0 ? code * cluster : code > -17 ? 1L << -code : 0;
        Found.require(bytes >= 512 && bytes <= 1 << 16 && bytes % 512 == 0, "records of " + bytes + " bytes");
        record = (int) bytes;
        long place = boot.getLong(48);
        Found.require(place > 0 && place < clusters, "file table at cluster " + place);
        NtfsRecord own = NtfsRecord.of(volume.read(place * cluster, record));
        table = runs(own, NtfsRecord.DATA, "");
        bitmap = runs(file(BITMAP), NtfsRecord.DATA, "");
        Found.require(bitmap.size() >= (clusters + 7) / 8, "the bitmap has " + bitmap.size() + " bytes");
    }

    static Optional<Found> look(Region volume) throws IOException {
        if (!volume.has(0, 512)) {
            return Optional.empty();
        }
        ByteBuffer boot = volume.read(0, 512);
        if (boot.getLong(3) != MAGIC) {
            return Optional.empty();
        }
        Ntfs fs = new Ntfs(volume, boot);
        NtfsRecord facts = fs.file(VOLUME);
        String label = "";
        Optional<ByteBuffer> name = facts.attribute(NtfsRecord.NAME, "");
        if (name.isPresent()) {
            label = StandardCharsets.UTF_16LE
                    .decode(NtfsRecord.value(name.get()))
                    .toString();
        }
        Found found = Found.left("NTFS", label, fs.doubt(facts));
        return Optional.of(found.reason().isEmpty() ? Found.of("NTFS", label, -1, fs::unused) : found);
    }

    private String doubt(NtfsRecord facts) throws IOException {
        ByteBuffer information =
                NtfsRecord.value(facts.attribute(NtfsRecord.VOLUME, "").orElse(ByteBuffer.allocate(24)));
        Found.require(information.limit() >= 12, "there is no information of the volume");
        if (information.get(8) != 3 || information.get(9) > 1) {
            return "Its version " + information.get(8) + "." + information.get(9) + " is not known.";
        } else if (information.getShort(10) != 0) {
            return "It is marked: " + Integer.toHexString(information.getShort(10) & 0xFFFF) + "; 1 is dirty.";
        } else if (!logClean()) {
            return "Its log has not been closed.";
        }
        if (shadowed()) {
            return "It has shadow copies, which need clusters that are free now.";
        }
        return hibernated() ? "Windows is hibernated on it." : "";
    }

    private NtfsRecord file(long number) throws IOException {
        return NtfsRecord.of(table.read(number * record, record));
    }

    private Runs runs(NtfsRecord file, int type, String name) throws IOException {
        Found.require(file.attribute(NtfsRecord.LIST, "").isEmpty(), "a file of the system is in several records");
        ByteBuffer attribute = file.attribute(type, name).orElse(ByteBuffer.allocate(24));
        return NtfsRecord.runs(attribute, volume, cluster);
    }

    /** Of the two restart pages the younger counts; an erased log has neither. */
    private boolean logClean() throws IOException {
        Runs log = runs(file(LOG), NtfsRecord.DATA, "");
        ByteBuffer first = log.read(0, 4096);
        if (first.getInt(0) == -1) {
            return log.read(4096, 4).getInt(0) == -1;
        }
        if (first.getInt(0) != RESTART || first.getInt(16) < 512 || first.getInt(16) > 1 << 16) {
            return false;
        }
        int page = first.getInt(16);
        ByteBuffer area = area(log.read(0, page));
        ByteBuffer raw = log.read(page, page);
        if (raw.getInt(0) == RESTART && area(raw).getLong(0) > area.getLong(0)) {
            area = area(raw);
        }
        return (area.getShort(12) & 0xFFFF) == NO_CLIENT || (area.getShort(14) & LOG_CLEAN) != 0;
    }

    private static ByteBuffer area(ByteBuffer page) throws IOException {
        int at = page.getShort(24) & 0xFFFF;
        Found.require(at >= 32 && at <= 512 - 32, "restart area of the log at " + at);
        return page.slice(at, 16).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Shadow copies read what has not changed since from the volume, be it free or not. */
    private boolean shadowed() throws IOException {
        ByteBuffer header = volume.read(SHADOWS, 64);
        return header.getLong(0) == SHADOWS_LOW && header.getLong(8) == SHADOWS_HIGH && header.getLong(48) != 0;
    }

    private boolean hibernated() throws IOException {
        NtfsRecord root = file(ROOT);
        Found.require(root.attribute(NtfsRecord.LIST, "").isEmpty(), "the root folder is in several records");
        ByteBuffer top =
                NtfsRecord.value(root.attribute(NtfsRecord.INDEX_ROOT, FOLDER).orElse(ByteBuffer.allocate(24)));
        Found.require(top.limit() >= 32, "the root folder has no index");
        long number = inIndex(top, 16);
        int block = top.getInt(8);
        Optional<ByteBuffer> more = root.attribute(NtfsRecord.INDEX, FOLDER);
        if (number < 0 && more.isPresent()) {
            Found.require(block >= 512 && block <= 1 << 16 && block % 512 == 0, "index blocks of " + block);
            Runs index = NtfsRecord.runs(more.get(), volume, cluster);
            Found.require(index.size() <= MOST_INDEX, "the root folder has " + index.size() + " bytes");
            for (long at = 0; at <= index.size() - block && number < 0; at += block) {
                ByteBuffer raw = index.read(at, block);
                number = raw.getInt(0) == INDEX ? inIndex(NtfsRecord.mended(raw, INDEX), 24) : -1;
            }
        }
        return number >= 0 && sleeping(file(number));
    }

    /** The number of the record of the hibernation file, or -1. */
    private static long inIndex(ByteBuffer index, int header) throws IOException {
        long at = header + (index.getInt(header) & 0xFFFF_FFFFL);
        long end = header + (index.getInt(header + 4) & 0xFFFF_FFFFL);
        Found.require(end <= index.limit(), "an index ends at " + end);
        while (at + 16 <= end) {
            ByteBuffer entry = index.slice((int) at, (int) (end - at)).order(ByteOrder.LITTLE_ENDIAN);
            int length = entry.getShort(8) & 0xFFFF;
            Found.require(length >= 16 && length <= end - at, "an index entry of " + length + " bytes");
            int name = length >= 84 ? 2 * (entry.get(80) & 0xFF) : 0;
            if ((entry.getShort(12) & 2) == 0 && name == 2 * HIBERNATION.length() && 82 + name <= length) {
                byte[] text = new byte[name];
                entry.get(82, text);
                if (new String(text, StandardCharsets.UTF_16LE).equalsIgnoreCase(HIBERNATION)) {
                    return entry.getLong(0) & 0xFFFF_FFFF_FFFFL;
                }
            }
            at += length;
        }
        return -1;
    }

    /** What is not known to be awake is not. */
    private boolean sleeping(NtfsRecord file) throws IOException {
        Optional<ByteBuffer> data = file.attribute(NtfsRecord.DATA, "");
        if (data.isEmpty() || !NtfsRecord.nonResident(data.get())) {
            return data.isEmpty();
        }
        int start = NtfsRecord.runs(data.get(), volume, cluster).read(0, 4).getInt(0);
        return start != 0 && (start | 0x2020_2020) != 0x656B_6177; // wake
    }

    private UnitCursor unused(long from, long to) {
        var grid = new UnitCursor.Grid(0, cluster, clusters, CHUNK);
        return new UnitCursor(
                grid,
                chunk -> {
                    int count = (int) Math.min(CHUNK, clusters - chunk * CHUNK);
                    return UnitCursor.zeroBits(bitmap.read(chunk * CHUNK / 8, (count + 7) / 8), count);
                },
                from,
                to);
    }
}
