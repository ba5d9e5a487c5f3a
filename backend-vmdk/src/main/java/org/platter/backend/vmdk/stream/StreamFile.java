// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.layout.HostedWriter;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.table.EntryTable;

/**
 * The file of a stream as it grows: everything is appended, so that it may be a pipe. A grain table follows the grains
 * that it names; directory, footer and end mark come last. For one thread at a time.
 */
final class StreamFile {
    private static final int BUFFER = 1 << 20;
    private static final int OVERHEAD = 128 * Sectors.BYTES;
    private static final int MOST_TABLES = 1 << 22;
    private static final int FLAGS = HostedHeader.NEWLINES_VALID | HostedHeader.COMPRESSED | HostedHeader.MARKERS;
    private static final int TABLE_ENTRIES = HostedWriter.TABLE_ENTRIES;
    private static final int TABLE_BYTES = TABLE_ENTRIES * Integer.BYTES;

    private final Storage storage;
    private final int tables;
    private final HostedHeader header;
    private final EntryTable ended; // the tables that are in the file
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private long written; // bytes that the storage has
    private long table = -1; // whose grains come now
    private final int[] entries = new int[TABLE_ENTRIES]; // of that table
    private int[] directory = new int[64]; // as long as it was needed

    /** For a disk of {@code size} bytes; {@code text} bytes of descriptor come first. */
    StreamFile(Storage storage, long size, int grain, int text) throws DiskException {
        this.storage = storage;
        long coverage = (long) grain * TABLE_ENTRIES;
        long count = (size - 1) / coverage + 1;
        if (count > MOST_TABLES) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VMDK stream: " + size + " bytes in grains of " + grain + " need more than " + MOST_TABLES
                            + " grain tables; larger grains need fewer");
        }
        tables = (int) count;
        HostedHeader plain = HostedWriter.header(size, grain, 3, FLAGS, text);
        header = plain.withOverhead(Sectors.roundUp(plain.floor(), OVERHEAD) / Sectors.BYTES);
        ended = new EntryTable(storage, ByteOrder.LITTLE_ENDIAN, count * TABLE_ENTRIES, TABLE_ENTRIES, this::place);
    }

    private long place(int number) {
        int sector = number < directory.length ? directory[number] : 0;
        return sector == 0 ? -1 : Sectors.position(sector);
    }

    /** Bytes that are set aside for the descriptor. */
    int descriptorBytes() {
        return (int) header.descriptorSize() * Sectors.BYTES;
    }

    /** True if the header is on its way. */
    boolean started() {
        return end() > 0;
    }

    /** Appends header and descriptor. */
    void start(byte[] text) throws IOException {
        append(header.encode());
        append(ByteBuffer.wrap(text));
        append(ByteBuffer.allocate((int) (header.overhead() * Sectors.BYTES - end())));
    }

    /** Bytes of the stream, those held back included. */
    long end() {
        return written + buffer.position();
    }

    private int appendSectors(ByteBuffer bytes) throws IOException {
        long at = end();
        if (at + bytes.remaining() > Sectors.END) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "VMDK stream: no room behind " + Sectors.END + ", where sector numbers end");
        }
        append(bytes);
        return (int) (at / Sectors.BYTES);
    }

    private void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (!buffer.hasRemaining()) {
                push();
            }
            int count = Math.min(bytes.remaining(), buffer.remaining());
            buffer.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
        }
    }

    /** Hands to the storage what is held back. */
    void push() throws IOException {
        buffer.flip();
        int length = buffer.remaining();
        if (length > 0) {
            storage.write(buffer, written);
        }
        written += length;
        buffer.clear();
    }

    /** Appends a grain with its marker; grains come in ascending order. */
    void grain(long grain, ByteBuffer bytes) throws IOException {
        if (grain / TABLE_ENTRIES != table) {
            endTable();
            table = grain / TABLE_ENTRIES;
        }
        entries[(int) (grain % TABLE_ENTRIES)] = appendSectors(bytes);
    }

    private void endTable() throws IOException {
        if (table < 0) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(TABLE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(entries);
        append(new Marker(TABLE_BYTES / Sectors.BYTES, 0, Marker.TABLE).encode());
        int sector = appendSectors(bytes);
        if (table >= directory.length) {
            directory = Arrays.copyOf(directory, (int) Math.min(tables, Math.max(table + 1, directory.length * 2L)));
        }
        directory[(int) table] = sector;
        Arrays.fill(entries, 0);
    }

    /** The sector of a grain that was appended, readable in the storage, or 0. */
    int sector(long grain) throws IOException {
        if (grain / TABLE_ENTRIES >= table) {
            int sector = grain / TABLE_ENTRIES == table ? entries[(int) (grain % TABLE_ENTRIES)] : 0;
            if (sector != 0) {
                push();
            }
            return sector;
        }
        push();
        try {
            return ended.get(grain);
        } catch (EOFException e) {
            throw Bad.corrupt("VMDK stream: the table of grain " + grain + " is no longer in the file");
        }
    }

    /** Appends what makes the stream complete, and hands everything to the storage. */
    void finish() throws IOException {
        endTable();
        int bytes = (int) Sectors.roundUp((long) tables * Integer.BYTES, Sectors.BYTES);
        ByteBuffer all = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        all.asIntBuffer().put(directory, 0, Math.min(tables, directory.length));
        append(new Marker(bytes / Sectors.BYTES, 0, Marker.DIRECTORY).encode());
        int sector = appendSectors(all);
        append(new Marker(1, 0, Marker.FOOTER).encode());
        append(header.withDirectory(Integer.toUnsignedLong(sector)).encode());
        append(new Marker(0, 0, Marker.END).encode());
        push();
    }
}
