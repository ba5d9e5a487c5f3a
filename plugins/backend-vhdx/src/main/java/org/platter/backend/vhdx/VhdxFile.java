// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;
import org.platter.backend.vhdx.layout.Headers;
import org.platter.backend.vhdx.layout.Metadata;
import org.platter.backend.vhdx.layout.Regions;
import org.platter.backend.vhdx.log.LogReplay;
import org.platter.backend.vhdx.log.LogWriter;
import org.platter.backend.vhdx.log.Overlay;
import org.platter.storage.Storage;

/**
 * The structures of an open file, and how changes of them become durable. The order, so that a kill at any write leaves a
 * state that replays: data and new sector bitmaps; flush; the log entry; flush; the same sectors in place; with the next
 * entry, or when the log is retired, the tail moves on. See {@link LogWriter}. Opening writes nothing: a live log is
 * replayed in memory, and in the file with the first change. For one thread, but for what it gives away.
 */
final class VhdxFile {
    private final Storage storage;
    private final Headers headers;
    private final Overlay overlay;
    private final LogWriter log;
    private final boolean replayed;
    private Regions regions;
    private Metadata durable;
    private Metadata metadata;
    private boolean begun;

    VhdxFile(Storage storage) throws IOException {
        this.storage = storage;
        headers = Headers.read(storage);
        overlay = LogReplay.of(storage, headers.current());
        replayed = overlay.live();
        log = new LogWriter(storage, headers);
        regions = Regions.read(overlay, headers.current());
        durable = Metadata.read(overlay, regions.metadata());
        metadata = durable;
    }

    Storage storage() {
        return storage;
    }

    /** What to read from: the file as its log wants it. */
    Overlay overlay() {
        return overlay;
    }

    Headers headers() {
        return headers;
    }

    Regions regions() {
        return regions;
    }

    /** With all changes. */
    Metadata metadata() {
        return metadata;
    }

    void change(Metadata changed) {
        metadata = changed;
    }

    /** True if a log waits for its replay in the file. */
    boolean unreplayed() {
        return replayed && !begun;
    }

    boolean begun() {
        return begun;
    }

    /** A file that was just made has its GUIDs already. */
    void startNew() {
        begun = true;
    }

    /** Before the first change: replays the log in the file, and gives the file a new file write GUID. */
    void begin() throws IOException {
        if (!begun) {
            if (overlay.live()) {
                overlay.store();
            }
            headers.change(UUID.randomUUID(), headers.current().dataWrite(), Bytes.NIL);
            begun = true;
        }
    }

    /** Gives the content a new identity, durable on return. */
    void identify(UUID dataWrite) throws IOException {
        headers.change(
                headers.current().fileWrite(), dataWrite, headers.current().logId());
    }

    /** Makes everything durable. After a failure all of it still counts as changed. */
    void commit(VhdxMap map) throws IOException {
        Map<Long, byte[]> sectors = new LinkedHashMap<>();
        map.changes(sectors);
        differences(durable.bytes(), metadata.bytes(), regions.metadata().from(), sectors);
        log.write(sectors, storage.size());
        map.clean();
        durable = metadata;
    }

    private static void differences(ByteBuffer old, ByteBuffer now, long position, Map<Long, byte[]> target) {
        if (old.equals(now)) {
            return;
        }
        for (int at = 0; at < now.capacity(); at += Bytes.SECTOR) {
            byte[] sector = new byte[Bytes.SECTOR];
            byte[] before = new byte[Bytes.SECTOR];
            now.get(at, sector);
            old.get(at, before);
            if (!Arrays.equals(sector, before)) {
                target.put(position + at, sector);
            }
        }
    }

    /** Changes the size of the disk, and where the table is, at once and durably; the table there must be. */
    void commitSize(Metadata changed, Extent bat) throws IOException {
        Map<Long, byte[]> sectors = new LinkedHashMap<>();
        if (!bat.equals(regions.bat())) {
            for (long place : Regions.PLACES) {
                differences(regions.table().duplicate().clear(), regions.withBat(bat), place, sectors);
            }
        }
        differences(durable.bytes(), changed.bytes(), regions.metadata().from(), sectors);
        log.write(sectors, storage.size());
        log.retire();
        durable = changed;
        metadata = changed;
        regions = Regions.read(storage, headers.current());
    }

    /** Writes both region tables anew. */
    void mendRegions() throws IOException {
        for (long place : Regions.PLACES) {
            storage.write(regions.table().duplicate().clear(), place);
            storage.flush();
        }
        regions = Regions.read(storage, headers.current());
    }

    /** Leaves a file without live log. */
    void retire() throws IOException {
        log.retire();
    }
}
