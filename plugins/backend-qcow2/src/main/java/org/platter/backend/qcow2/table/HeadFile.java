// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.storage.Storage;

/**
 * The first cluster of an image that is open. A change of header fields is one write within one sector, so that a loss
 * of power leaves the old or the new ones; what they refer to must be durable before. For one thread at a time, but
 * {@link #head} for any.
 */
public final class HeadFile {
    private static final int SECTOR = 512;

    private final Storage storage;
    private volatile Head head;

    /** The first cluster as it was read or written. */
    public HeadFile(Storage storage, Head head) {
        this.storage = storage;
        this.head = head;
    }

    /** What the first cluster holds now. */
    public Head head() {
        return head;
    }

    /** The header now. */
    public Header header() {
        return head.header();
    }

    /** Changes header fields, durably. */
    public void replace(Header header) throws IOException {
        if (!header.equals(head.header())) {
            storage.write(header.encode(), 0);
            storage.flush();
            head = head.with(header);
        }
    }

    /**
     * Changes names and extensions, durably: first the new name at a place that nothing else has, then the sector with
     * header and extensions that refers to it. Extensions that need more than a sector are not safe from a loss of power.
     */
    public void replace(Head changed) throws IOException {
        Head next = apart(changed.compacted());
        ByteBuffer bytes = next.encode();
        int split = (int) Math.max(SECTOR, next.extensionsEnd());
        if (bytes.limit() > split) {
            storage.write(bytes.slice(split, bytes.limit() - split), split);
            storage.flush();
        }
        storage.write(bytes.slice(0, Math.min(split, bytes.limit())), 0);
        storage.flush();
        head = next;
    }

    /** The name behind the first sector, and not where the one is that the header in the file names. */
    private Head apart(Head changed) {
        int length = changed.backing().getBytes(StandardCharsets.UTF_8).length;
        if (length == 0) {
            return changed;
        }
        Header old = head.header();
        long oldEnd = old.namePosition() + old.nameLength();
        long first = Math.max(SECTOR, changed.extensionsEnd());
        long place = first + length <= old.namePosition() || old.namePosition() == 0 ? first : Math.max(first, oldEnd);
        boolean fits = place + length <= old.clusters().size();
        return fits ? changed.with(changed.header().withName(place, length)) : changed.withBacking(changed.backing());
    }
}
