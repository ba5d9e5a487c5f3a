// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import com.google.gson.stream.JsonWriter;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Results as JSON. Records become objects with their components as keys, an underscore at a key's end is dropped;
 * enums become lower-case words; the null UUID and everything absent become {@code null}. Streams are written as they
 * come, one element a line.
 */
public final class Json {
    private static final UUID NIL = new UUID(0, 0);

    private final Writer out;

    /** JSON that goes there. */
    public Json(Writer out) {
        this.out = new Escaping(out);
    }

    /** Terminals obey the control characters of C1 too, which JSON allows in texts as they are. */
    private static final class Escaping extends FilterWriter {
        Escaping(Writer out) {
            super(out);
        }

        @Override
        public void write(int letter) throws IOException {
            if (letter >= 0x7f && letter < 0xa0) {
                out.write(String.format("\\u%04x", letter));
            } else {
                out.write(letter);
            }
        }

        @Override
        public void write(char[] letters, int from, int count) throws IOException {
            int done = from;
            for (int i = from; i < from + count; i++) {
                if (letters[i] >= 0x7f && letters[i] < 0xa0) {
                    out.write(letters, done, i - done);
                    write(letters[i]);
                    done = i + 1;
                }
            }
            out.write(letters, done, from + count - done);
        }

        @Override
        public void write(String text, int from, int count) throws IOException {
            write(text.substring(from, from + count).toCharArray(), 0, count);
        }
    }

    /** One value on several lines, indented, and a line break. */
    public void print(Object value) throws IOException {
        if (value instanceof Stream<?> stream) {
            rows(stream.iterator());
        } else {
            JsonWriter writer = new JsonWriter(out);
            writer.setIndent("  ");
            write(writer, value);
            writer.flush();
        }
        out.write('\n');
    }

    /** One value on one line, without a line break. */
    public void compact(Object value) throws IOException {
        JsonWriter writer = new JsonWriter(out);
        write(writer, value);
        writer.flush();
    }

    private void rows(Iterator<?> rows) throws IOException {
        out.write('[');
        for (String separator = "\n"; rows.hasNext(); separator = ",\n") {
            out.write(separator);
            compact(rows.next());
        }
        out.write("\n]");
    }

    private static void write(JsonWriter to, Object value) throws IOException {
        if (value instanceof Optional<?> optional) {
            write(to, optional.orElse(null));
        } else if (value == null || value.equals(NIL)) {
            to.nullValue();
        } else if (value instanceof Boolean flag) {
            to.value(flag);
        } else if (value instanceof Number number) {
            to.value(number);
        } else if (value instanceof Enum<?> constant) {
            to.value(word(constant));
        } else if (value instanceof URI uri) {
            to.value(Places.show(uri));
        } else if (value instanceof Iterable<?> list) {
            array(to, list);
        } else if (value instanceof Record record) {
            object(to, record);
        } else {
            to.value(value.toString());
        }
    }

    private static void array(JsonWriter to, Iterable<?> list) throws IOException {
        to.beginArray();
        for (Object element : list) {
            write(to, element);
        }
        to.endArray();
    }

    private static void object(JsonWriter to, Record record) throws IOException {
        to.beginObject();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String name = component.getName();
            to.name(name.endsWith("_") ? name.substring(0, name.length() - 1) : name);
            write(to, get(record, component));
        }
        to.endObject();
    }

    private static Object get(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A constant as a word of a command line: {@code READ_ONLY} is {@code read-only}. */
    public static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
