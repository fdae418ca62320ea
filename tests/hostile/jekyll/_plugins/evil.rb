File.write('climbed', 'x')
