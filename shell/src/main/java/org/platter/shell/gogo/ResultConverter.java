// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.io.IOException;
import org.apache.felix.service.command.Converter;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;
import org.platter.shell.print.Text;

/** Prints results where Gogo shows them: at the end of a line, in a pipe, in a string. */
final class ResultConverter implements Converter {
    @Override
    public Object convert(Class<?> type, Object value) {
        return type == String.class && value instanceof Result ? value.toString() : null;
    }

    @Override
    public CharSequence format(Object value, int level, Converter next) throws IOException {
        if (value instanceof Result result && level == INSPECT) {
            StringBuilder text = new StringBuilder();
            result.text(new Text(text));
            return text.toString().stripTrailing();
        }
        if (value instanceof Row row && level == LINE) {
            return Text.safe(String.join("  ", row.cells()));
        }
        return value instanceof Result || value instanceof Row ? Text.safe(value.toString()) : null;
    }
}
